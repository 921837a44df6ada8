import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '../../src/websocket/address.ts';
import { ownHeaders } from '../../src/websocket/client-handshake.ts';
import { decideRedirect } from '../../src/websocket/redirect.ts';

const all = ['cookie', 'host', 'proxy-authorization', 'x-own', 'origin', 'authorization'];

function decide(from: string, location: string | undefined, changes = {}) {
  const url = parseAddress(from);
  const own = { Cookie: 'c', HOST: 'h', 'Proxy-Authorization': 'p', 'X-Own': 'x' };
  const headers = ownHeaders(url, { headers: own, origin: 'https://o', auth: 'a:b' });
  assert.deepEqual([...headers.keys()], all);
  const rest = { followed: 0, maxRedirects: 10, ...changes };
  return decideRedirect({ url, status: 302, location, headers, ...rest });
}

const followed = [
  { from: 'ws://h/a?b', to: '/c', url: 'ws://h/c', same: true },
  { from: 'ws://h/a/b', to: 'c?d', url: 'ws://h/a/c?d', same: true },
  { from: 'ws://h/a', to: 'ws://h:80/c#d', url: 'ws://h/c', same: true },
  { from: 'ws://h/a', to: 'http://H/c', url: 'ws://h/c', same: true },
  { from: 'ws://u:p@h/a', to: '/c', url: 'ws://h/c', same: true },
  { from: 'wss://h/a', to: 'https://h/c', url: 'wss://h/c', same: true },
  { from: 'ws://h/', to: 'ws://other/', url: 'ws://other/', same: false },
  { from: 'ws://h/', to: '//other/', url: 'ws://other/', same: false },
  { from: 'ws://h/', to: 'ws://sub.h/', url: 'ws://sub.h/', same: false },
  { from: 'ws://h/', to: 'ws://h:81/', url: 'ws://h:81/', same: false },
  { from: 'ws://h/', to: 'wss://h/', url: 'wss://h/', same: false },
  { from: 'ws://h/', to: 'wss://h:80/', url: 'wss://h:80/', same: false },
  { from: 'ws://h/', to: 'ws://u:p@other/', url: 'ws://other/', same: false },
  { from: 'ws+unix:/s:/a/b', to: 'c?d', url: 'ws+unix:/s:/a/c?d', same: true },
  { from: 'ws+unix:/s', to: '/c', url: 'ws+unix:/s:/c', same: true },
  { from: 'ws+unix:////s/t', to: '/c', url: 'ws+unix:////s/t:/c', same: true },
  { from: 'ws+unix:/s:/a', to: 'ws://h/c', url: 'ws://h/c', same: false },
];
for (const { from, to, url, same } of followed) {
  test(`RFC 9110 §15.4 ${from} to ${to} is followed, ${same ? 'same' : 'elsewhere'}`, () => {
    const decision = decide(from, to);
    assert.ok(decision.kind === 'follow');
    assert.equal(decision.url.href, url);
    assert.equal(decision.same, same);
    const kept = same ? all : ['x-own', 'origin'];
    assert.deepEqual([...decision.headers.keys()], kept);
  });
}

const refused = [
  { name: 'to another scheme', from: 'ws://h/', to: 'ftp://h/', message: /got ftp:/ },
  { name: 'to a local socket', from: 'ws://h/', to: 'ws+unix:/s:/', message: /got ws\+unix:/ },
  { name: 'to another socket', from: 'ws+unix:/s', to: 'ws+unix:/t', message: /got ws\+unix:/ },
  { name: 'to no TLS', from: 'wss://h/', to: 'ws://h/', message: /without TLS/ },
  { name: 'to no TLS by http:', from: 'wss://h/', to: 'http://h/', message: /without TLS/ },
  { name: 'to what is no URL', from: 'ws://h/', to: 'ws://', message: /is a URL/ },
];
for (const { name, from, to, message } of refused) {
  test(`RFC 9110 §15.4 a redirect ${name} is refused`, () => {
    const decision = decide(from, to);
    assert.ok(decision.kind === 'refuse');
    assert.equal(decision.code, 'ERR_WS_REDIRECT');
    assert.match(decision.message, message);
  });
}

test('RFC 9110 §15.4 what is no redirect', () => {
  for (const status of [200, 300, 304, 305, 306, 401]) {
    assert.equal(decide('ws://h/', '/', { status }).kind, 'none');
  }
  for (const status of [301, 302, 303, 307, 308]) {
    assert.equal(decide('ws://h/', '/', { status }).kind, 'follow');
  }
  assert.equal(decide('ws://h/', undefined).kind, 'none');
});

test('RFC 9110 §15.4 redirects end', () => {
  assert.equal(decide('ws://h/', '/', { followed: 9 }).kind, 'follow');
  const decision = decide('ws://h/', '/', { followed: 10 });
  assert.ok(decision.kind === 'refuse');
  assert.equal(decision.code, 'ERR_WS_REDIRECT_LIMIT');
});
