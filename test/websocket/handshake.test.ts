import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptKey, decideUpgrade, serializeUpgradeResponse } from '../../src/websocket/index.ts';
import type { UpgradeOptions } from '../../src/websocket/index.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

function request(
  changes: Record<string, string | undefined> = {},
  method = 'GET',
  version = '1.1',
) {
  const headers: Record<string, string | undefined> = {
    host: 'server.example.com',
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': key,
    'sec-websocket-version': '13',
    ...changes,
  };
  return { method, httpVersion: version, headers };
}

test('§1.3 the accept key of the RFC', () => {
  assert.equal(acceptKey(key), accept);
});

test('§1.2 the handshake of the RFC, byte for byte', () => {
  const decision = decideUpgrade(
    request({ origin: 'http://server.example.com', 'sec-websocket-protocol': 'chat, superchat' }),
  );
  assert.deepEqual(decision, { kind: 'accept', acceptKey: accept, protocol: 'chat' });
  assert.equal(
    serializeUpgradeResponse(decision),
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`,
  );
});

const accepted = [
  {
    name: 'names in any case',
    changes: { upgrade: 'WebSocket', connection: 'keep-alive, UPGRADE' },
  },
  { name: 'several upgrades', changes: { upgrade: 'h2c, websocket' } },
  {
    name: 'extensions, which are not taken',
    changes: { 'sec-websocket-extensions': 'constructor' },
  },
];
for (const { name, changes } of accepted) {
  test(`§4.2.1 accepts ${name}`, () => {
    assert.equal(decideUpgrade(request(changes)).kind, 'accept');
  });
}

const refused = [
  { name: 'POST', method: 'POST', status: 405 },
  { name: 'HTTP/1.0', version: '1.0', status: 400 },
  {
    name: 'no Upgrade (as when there were too many headers)',
    changes: { upgrade: undefined },
    status: 400,
  },
  { name: 'Upgrade: h2c', changes: { upgrade: 'h2c' }, status: 426 },
  { name: 'Upgrade: websockets', changes: { upgrade: 'websockets' }, status: 426 },
  { name: 'no Connection', changes: { connection: undefined }, status: 400 },
  { name: 'Connection: keep-alive', changes: { connection: 'keep-alive' }, status: 400 },
  { name: 'no Host', changes: { host: undefined }, status: 400 },
  { name: 'no version', changes: { 'sec-websocket-version': undefined }, status: 426 },
  { name: 'version 8', changes: { 'sec-websocket-version': '8' }, status: 426 },
  { name: 'version 13 twice', changes: { 'sec-websocket-version': '13, 13' }, status: 426 },
  { name: 'no key', changes: { 'sec-websocket-key': undefined }, status: 400 },
  { name: 'a short key', changes: { 'sec-websocket-key': 'AAAA' }, status: 400 },
  { name: 'two keys', changes: { 'sec-websocket-key': `${key}, ${key}` }, status: 400 },
  {
    name: '17 bytes of key',
    changes: { 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAAA=' },
    status: 400,
  },
  { name: 'a foreign origin', changes: { origin: 'https://evil.example' }, status: 403 },
  { name: 'two origins', changes: { origin: 'http://server.example.com, http://b' }, status: 403 },
  {
    name: 'a last digit of the key that no 16 bytes end with',
    changes: { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZR==' },
    status: 400,
  },
  { name: 'an empty sub-protocol', changes: { 'sec-websocket-protocol': '' }, status: 400 },
  { name: 'a sub-protocol twice', changes: { 'sec-websocket-protocol': 'a, a' }, status: 400 },
  {
    name: 'a sub-protocol with a space',
    changes: { 'sec-websocket-protocol': 'a b' },
    status: 400,
  },
];
for (const { name, changes = {}, method, version, status } of refused) {
  test(`§4.2.1 refuses ${name} with ${status}`, () => {
    const decision = decideUpgrade(request(changes, method, version));
    assert.equal(decision.kind === 'reject' && decision.status, status);
    const response = serializeUpgradeResponse(decision);
    assert.match(response, new RegExp(`^HTTP/1\\.1 ${status} [A-Z][A-Za-z ]+\\r\\n`));
    const [head = '', body = ''] = response.split('\r\n\r\n');
    assert.match(head, new RegExp(`\\r\\nContent-Length: ${Buffer.byteLength(body)}(\\r\\n|$)`));
    if (name.startsWith('version')) assert.match(head, /\r\nSec-WebSocket-Version: 13\r\n/);
  });
}

test('§4.2.2 the server chooses only what was offered', () => {
  const offered = request({ 'sec-websocket-protocol': 'a, constructor, __proto__' });
  const choose = (chooseProtocol: NonNullable<UpgradeOptions['chooseProtocol']>) => {
    const decision = decideUpgrade(offered, { chooseProtocol });
    return decision.kind === 'accept' && decision.protocol;
  };
  assert.equal(
    choose(() => 'constructor'),
    'constructor',
  );
  assert.equal(
    choose((names) => [...names].at(-1) ?? ''),
    '__proto__',
  );
  assert.equal(
    choose(() => 'toString'),
    '',
  );
  assert.equal(
    choose(() => false),
    '',
  );
});

test('§4.1 two Hosts are seen although headers keep one', () => {
  const rawHeaders = ['Host', 'a', 'hOST', 'b'];
  const decision = decideUpgrade({ ...request(), rawHeaders });
  assert.equal(decision.kind === 'reject' && decision.message, 'expected one Host header');
  const one = ['Host', 'host', 'x', 'host'];
  assert.equal(decideUpgrade({ ...request(), rawHeaders: one }).kind, 'accept');
});

test('a foreign Host on a loopback address is refused, with or without an Origin', () => {
  const localAddress = '127.0.0.1';
  const want = { kind: 'reject', status: 403, message: 'this host is not served here' };
  for (const origin of [undefined, 'http://server.example.com']) {
    const decision = decideUpgrade(request({ origin }), { localAddress });
    assert.deepEqual(decision, { ...want, headers: {} });
  }
  const allowedHosts = ['server.example.com'];
  assert.equal(decideUpgrade(request(), { localAddress, allowedHosts }).kind, 'accept');
});

test('long lists of names and separators are read in one pass', () => {
  const commas = ', '.repeat(32 * 1024);
  assert.equal(decideUpgrade(request({ 'sec-websocket-protocol': commas })).kind, 'reject');
  const names = Array.from({ length: 9000 }, (_, i) => `p${i}`).join(' ,\t');
  assert.equal(decideUpgrade(request({ 'sec-websocket-protocol': names })).kind, 'accept');
});
