/**
 * Fuzz target: who may connect - `Origin` and `Host` as strangers write them.
 *
 * Spec      RFC 6455 §4.2.2 (4), §10.2; RFC 6454 §6.2; RFC 6761 §6.3
 * Next      redirect-target.ts - where a server may send us
 * Left out  -
 */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { asciiLowerCase } from '../../src/shared/index.ts';
import { isAllowedHost, isAllowedOrigin } from '../../src/websocket/index.ts';
import { checkAllowedHosts } from '../../src/websocket/allowed-hosts.ts';
import { checkAllowedOrigins } from '../../src/websocket/origin.ts';
import { mutateText } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

type AdmissionInput = { origin: string; host: string; localAddress: string; listed: string };

const hosts = [
  'localhost',
  'app.localhost:8443',
  'example.com',
  'example.com:8443',
  '127.0.0.1',
  '127.0.0.1:80',
  '[::1]:443',
  '192.0.2.1',
  'xn--bcher-kva.example',
  'example.com.',
];

const words = [
  ...[
    'http://',
    'https://',
    'null',
    ':80',
    ':443',
    ':',
    '@',
    '#',
    '?',
    '/',
    '\\',
    '.',
    '[::1]',
    '%2e',
  ],
  ...['localhost', '.localhost', 'example.com', '127.', '0x7f.1', '::ffff:127.0.0.1', '/..'],
];

function fails(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (thrown) {
    assert.ok(thrown instanceof TypeError, 'a mistake of the program is a TypeError');
    return true;
  }
}

/** An origin is taken only if it is written as origins are, with the host that was asked. */
function checkSameOrigin({ origin, host }: AdmissionInput): string {
  const taken = isAllowedOrigin({ headers: { origin, host } }, 'same');
  if (taken) {
    const page = new URL(origin);
    assert.match(origin, /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s]+$/i, 'an origin and nothing more');
    assert.ok(!/[@/?#\\\s]/.test(host), 'a host and nothing more');
    assert.equal(new URL(`${page.protocol}//${host}`).host, page.host);
    const name = asciiLowerCase(host.replace(/:\d*$/, ''));
    assert.ok(asciiLowerCase(origin).includes(name), 'the names are the same letters');
  }
  const plain = /^[a-z][a-z-]*(\.[a-z]+)*(:[1-9]\d{0,3})?$/.test(host);
  if (plain && origin === `http://${host}`) assert.ok(taken, 'a page of this host is taken');
  assert.equal(isAllowedOrigin({ headers: { origin, host } }, 'any'), true);
  assert.equal(isAllowedOrigin({ headers: { host } }, 'same'), true, 'no page, no Origin');
  assert.equal(isAllowedOrigin({ headers: { origin: [origin, origin] } }, ['http://a']), false);
  return taken ? 'same' : 'other';
}

function checkListedOrigin({ origin, listed }: AdmissionInput): string {
  if (fails(() => checkAllowedOrigins([listed]))) {
    const taken = isAllowedOrigin({ headers: { origin } }, [listed]);
    assert.equal(taken, false, 'what cannot be listed lets nobody in');
    return 'unlistable';
  }
  assert.equal(isAllowedOrigin({ headers: { origin: listed } }, [listed]), true);
  const taken = isAllowedOrigin({ headers: { origin } }, [listed]);
  if (taken) assert.equal(new URL(origin).origin, new URL(listed).origin);
  return taken ? 'listed' : 'not listed';
}

/** On a loopback address only names of this machine are answered to, and those that are listed. */
function checkHost({ host, localAddress, listed }: AdmissionInput): string {
  const address = localAddress.replace(/^::ffff:/, '');
  const isLocal = address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
  const taken = isAllowedHost(host, localAddress, []);
  if (!isLocal) {
    assert.equal(taken, true, 'other addresses have names that nobody knows');
    return 'elsewhere';
  }
  const name = asciiLowerCase(host).replace(/:\d*$/, '').replace(/\.$/, '');
  const labels = name.split('.');
  const numbers = labels.map((label) => (/^(0|[1-9]\d{0,2})$/.test(label) ? Number(label) : 256));
  const isLoopback =
    (/^[a-z0-9._-]+$/.test(name) && labels.at(-1) === 'localhost' && labels.length === 1) ||
    (/^[a-z0-9._-]+$/.test(name) && name.endsWith('.localhost')) ||
    (labels.length === 4 && labels[0] === '127' && numbers.every((number) => number < 256));
  if (!name.startsWith('[')) assert.equal(taken, isLoopback, `Host ${JSON.stringify(host)}`);
  else if (taken) assert.match(host, /^\[::1\](:\d*)?$/);
  if (fails(() => checkAllowedHosts([listed]))) {
    assert.equal(isAllowedHost(host, localAddress, [listed]), taken);
    return 'unlistable';
  }
  assert.equal(isAllowedHost(listed, localAddress, [listed]), true, 'a listed host is taken');
  return `${taken} ${isAllowedHost(host, localAddress, [listed])}`;
}

/** Origin and Host. */
export const admissionTarget: FuzzTarget<AdmissionInput> = {
  name: 'admission',
  about: 'isAllowedOrigin and isAllowedHost: no foreign page and no foreign name gets in',
  create(random, known) {
    const host = random.pick(hosts);
    const fresh = { origin: `http://${host}`, host, localAddress: '127.0.0.1', listed: host };
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known) : fresh;
    const perhaps = (text: string) =>
      random.below(2) === 0 ? mutateText(random, text, words) : text;
    return {
      origin: perhaps(base.origin),
      host: perhaps(base.host),
      localAddress: random.pick(['127.0.0.1', '::1', '::ffff:127.9.9.9', '192.0.2.1', '']),
      listed: perhaps(random.pick([base.listed, base.origin])),
    };
  },
  check(input) {
    return [checkSameOrigin(input), checkListedOrigin(input), checkHost(input)].join(' ');
  },
};
