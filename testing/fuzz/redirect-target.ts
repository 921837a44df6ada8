/**
 * Fuzz target: addresses, and where a server's `Location` may lead.
 *
 * Spec      RFC 6455 §3, §4.1; RFC 9110 §10.2.2, §15.4
 * Next      targets.ts
 * Left out  the requests themselves
 */
import assert from 'node:assert/strict';
import { parseAddress, targetOf } from '../../src/websocket/address.ts';
import { decideRedirect } from '../../src/websocket/redirect.ts';
import { mutateText } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

type RedirectInput = { address: string; location: string; status: number; followed: number };

const addresses = [
  'ws://example.com/chat?room=1',
  'wss://user:secret@example.com:8443/',
  'ws+unix:///run/app.sock:/chat?x',
  'ws+unix:/run/app%20b.sock',
  'http://[::1]:8080/',
  'https://xn--bcher-kva.example',
];

const locations = [
  '/elsewhere',
  '//other.example/x',
  'https://example.com/',
  'http://example.com:80/?q#f',
  'wss://user:pass@example.com/',
  'ws+unix:///run/other.sock:/',
  'file:///etc/hosts',
  '?x',
  '',
];

const words = [
  ...[
    'ws://',
    'wss://',
    'http://',
    'https://',
    'ws+unix:',
    '//',
    '/',
    ':',
    '@',
    '#',
    '?',
    '..',
    '\\',
  ],
  ...['%00', '%2f', '%3a', '%', ' ', 'socket.invalid', '[::1]', ':443', 'a:b@', 'javascript:'],
];

const secrets = ['authorization', 'cookie', 'proxy-authorization', 'host'];

const headers = new Map(
  [...secrets, 'x-own'].map((name) => [name, { name, value: 'secret' }] as const),
);

/** What goes into the request line, and what is shown, holds nothing that breaks a line. */
function checkTarget(url: URL): void {
  const { path, host, port, where, socketPath } = targetOf(url);
  assert.match(path, /^[\x21-\x7e]*$/, 'a path of visible ASCII');
  if (socketPath === undefined) {
    assert.ok(path.startsWith('/'), 'a path begins with a slash');
    assert.match(host, /^[\x21-\x7e]+$/);
    assert.ok(Number.isInteger(port) && port >= 0 && port <= 65535);
    assert.equal(where, `${url.hostname}:${port}`, 'neither credentials nor a query are shown');
  }
}

function parse(address: string): URL | undefined {
  try {
    return parseAddress(address);
  } catch (thrown) {
    assert.ok(thrown instanceof SyntaxError, 'a wrong address is a SyntaxError');
    return undefined;
  }
}

/** Addresses and redirects. */
export const redirectTarget: FuzzTarget<RedirectInput> = {
  name: 'redirect',
  about: 'parseAddress, targetOf and decideRedirect: secrets stay with those they are for',
  create(random, known) {
    const fresh = { address: random.pick(addresses), location: random.pick(locations) };
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known) : fresh;
    const changes = random.below(3);
    return {
      address: changes === 0 ? mutateText(random, base.address, words) : base.address,
      location: changes > 0 ? mutateText(random, base.location, words) : base.location,
      status: random.below(8) === 0 ? random.below(600) : random.pick([301, 302, 303, 307, 308]),
      followed: random.below(12),
    };
  },
  check({ address, location, status, followed }) {
    const url = parse(address);
    if (url === undefined) return 'no address';
    checkTarget(url);
    assert.equal(parseAddress(url).href, url.href, 'an address that was read is read the same');
    const decision = decideRedirect({ url, status, location, followed, maxRedirects: 10, headers });
    if (decision.kind === 'none') {
      assert.ok(![301, 302, 303, 307, 308].includes(status));
      return 'none';
    }
    if (decision.kind === 'refuse') {
      assert.match(decision.code, /^ERR_WS_REDIRECT(_LIMIT)?$/);
      assert.match(decision.message, /^expected [^\r\n]+, got [^\r\n]+$/);
      return `${decision.code} ${decision.message.replace(/ got .*/, '')}`;
    }
    const { url: next, same } = decision;
    assert.ok(followed < 10);
    assert.equal(next.username + next.password + next.hash, '', 'no credentials from elsewhere');
    checkTarget(next);
    assert.equal(parseAddress(next).href, next.href, 'a next address is an address');
    if (url.protocol === 'wss:') assert.equal(next.protocol, 'wss:');
    if (next.protocol === 'ws+unix:') {
      assert.equal(url.protocol, 'ws+unix:');
      assert.equal(targetOf(next).socketPath, targetOf(url).socketPath, 'the same socket');
      assert.ok(targetOf(next).path.startsWith('/'), 'a path begins with a slash');
    }
    // The address of a local socket may name a host, which means nothing.
    const sameHost = next.protocol === 'ws+unix:' || next.host === url.host;
    assert.equal(same, sameHost && next.protocol === url.protocol);
    const kept = [...decision.headers.keys()].filter((name) => secrets.includes(name));
    assert.equal(kept.length, same ? secrets.length : 0, 'secrets stay with those they are for');
    return `follow ${url.protocol} ${next.protocol} ${same}`;
  },
};
