import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, parseAddress, targetOf } from '../../src/websocket/address.ts';

const targets = [
  { address: 'ws://Example.com/a?b', where: 'example.com:80', path: '/a?b' },
  { address: 'ws://u:p@example.com:8080?q', where: 'example.com:8080', path: '/?q' },
  { address: 'wss://example.com', where: 'example.com:443', path: '/', secure: true },
  { address: 'http://example.com/', where: 'example.com:80', path: '/' },
  { address: 'https://example.com:80/', where: 'example.com:80', path: '/', secure: true },
  { address: 'ws://[::1]:9/', where: '[::1]:9', path: '/', host: '::1' },
  {
    address: 'ws+unix:///tmp/s.sock:/chat?a=b',
    where: 'the socket /tmp/s.sock',
    path: '/chat?a=b',
    socketPath: '/tmp/s.sock',
  },
  {
    address: 'ws+unix:/tmp/a%20b%zz',
    where: 'the socket /tmp/a%20b%zz',
    path: '/',
    socketPath: '/tmp/a%20b%zz',
  },
  {
    address: 'ws+unix:./s:/a b/😀?c d',
    where: 'the socket ./s',
    path: '/a%20b/%F0%9F%98%80?c%20d',
    socketPath: './s',
  },
  { address: 'ws+unix:/tmp/a b:', where: 'the socket /tmp/a b', path: '/', socketPath: '/tmp/a b' },
];
for (const { address, where, path, secure = false, host, socketPath } of targets) {
  test(`§3 ${address} is ${where}`, () => {
    const target = targetOf(parseAddress(address));
    const { hostname } = new URL(where.startsWith('the') ? 'ws://localhost' : `ws://${where}`);
    assert.deepEqual(target, {
      secure,
      host: host ?? hostname,
      port: Number(/:(\d+)$/.exec(where)?.[1] ?? 80),
      socketPath,
      path,
      where,
    });
  });
}

const refused = [
  { address: '', message: /must be a URL, got ""/ },
  { address: 'example.com', message: /must be a URL, got "example.com"/ },
  { address: '/relative?token=1', message: /got "\/relative\?\.\.\."$/ },
  { address: 'ws://u:secret@', message: /got "\.\.\.@"$/ },
  { address: 'ftp://example.com/', message: /must begin with ws:.* got ftp:$/ },
  { address: 'ws://example.com/#part', message: /no fragment, got "#part"/ },
  { address: 'ws://example.com/#', message: /no fragment, got "#"/ },
  { address: 'ws+unix:', message: /ws\+unix:\/\/\/path/ },
  { address: 'ws+unix:/:/chat', message: /ws\+unix:\/\/\/path/ },
  { address: 'ws+unix:/s:chat', message: /ws\+unix:\/\/\/path.*got "ws\+unix:\/s:chat"/ },
];
for (const { address, message } of refused) {
  test(`§3 ${JSON.stringify(address)} is refused`, () => {
    assert.throws(() => parseAddress(address), { name: 'SyntaxError', message });
  });
}

test('an address of the caller is not changed', () => {
  const url = new URL('http://example.com/');
  assert.equal(parseAddress(url).href, 'ws://example.com/');
  assert.equal(url.href, 'http://example.com/');
});

test('percent-encoding is undone where it is one', () => {
  assert.equal(decode('a%20b'), 'a b');
  assert.equal(decode('100%'), '100%');
});
