import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkProtocols,
  checkUpgradeResponse,
  ownHeaders,
  upgradeRequestHeaders,
} from '../../src/websocket/client-handshake.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const plain = new URL('ws://h/');

test('§4.1 the headers of a client', () => {
  const url = new URL('ws://user:p%C3%A4ss@example.com:8080/chat?a=b');
  const own = ownHeaders(url, {
    headers: { 'X-Own': 1, connection: 'close', cookie: ['a=1', 'b=2'], absent: undefined },
    origin: 'https://page.example',
  });
  assert.deepEqual(upgradeRequestHeaders(own, { key, protocols: ['a', 'b'] }), {
    'X-Own': '1',
    Connection: 'Upgrade',
    cookie: ['a=1', 'b=2'],
    Origin: 'https://page.example',
    Authorization: `Basic ${Buffer.from('user:päss').toString('base64')}`,
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': 'a, b',
  });
});

const credentials = [
  { name: 'of the address', url: 'ws://u:p@h/', options: { auth: 'x:y' }, want: 'u:p' },
  { name: 'of the address, no password', url: 'ws://u@h/', options: {}, want: 'u:' },
  { name: 'of the address, badly encoded', url: 'ws://u%:%41@h/', options: {}, want: 'u%:A' },
  { name: 'of auth', url: 'ws://h/', options: { auth: 'x:y' }, want: 'x:y' },
];
for (const { name, url, options, want } of credentials) {
  test(`RFC 7617 credentials ${name}`, () => {
    const { value } = ownHeaders(new URL(url), options).get('authorization') ?? {};
    assert.equal(value, `Basic ${Buffer.from(want).toString('base64')}`);
  });
}

test('RFC 7617 a header counts before other credentials', () => {
  const options = { headers: { AUTHORIZATION: 'Bearer t' }, auth: 'x:y' };
  const own = ownHeaders(new URL('ws://u:p@h/'), options);
  assert.equal(own.get('authorization')?.value, 'Bearer t');
});

test('headers may be pairs, and have any name', () => {
  const own = ownHeaders(plain, { headers: new Headers({ 'x-a': '1' }) });
  assert.deepEqual([...own.keys()], ['x-a']);
  const names: [string, string][] = [
    ['__proto__', '1'],
    ['constructor', '2'],
  ];
  const headers = upgradeRequestHeaders(ownHeaders(plain, { headers: names }), {
    key,
    protocols: [],
  });
  assert.deepEqual(Object.keys(headers).slice(0, 2), ['__proto__', 'constructor']);
});

for (const value of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\0', '\u20ac']) {
  test(`RFC 9110 §5.5 a header value ${JSON.stringify(value)} is refused`, () => {
    const wrong = [
      { headers: { 'X-Own': value } },
      { headers: { 'X-Own': ['a', value] } },
      { headers: { [value]: 'x' } },
      { origin: value },
    ];
    for (const options of wrong) {
      assert.throws(() => ownHeaders(plain, options), { name: 'TypeError', message: /^header / });
    }
    assert.throws(() => checkProtocols([value]), { name: 'SyntaxError', message: /sub-protocol/ });
  });
}

test('§4.1 sub-protocols are tokens and differ', () => {
  checkProtocols([]);
  checkProtocols(['a', 'constructor', '__proto__']);
  for (const protocols of [['a b'], [''], ['a', 'a'], [1 as unknown as string]]) {
    assert.throws(() => checkProtocols(protocols), SyntaxError);
  }
});

const answers = [
  { name: 'the RFC’s', changes: {}, want: 'chat' },
  { name: 'no Upgrade', changes: { upgrade: undefined }, want: 'ERR_WS_UPGRADE_HEADER' },
  { name: 'another Upgrade', changes: { upgrade: 'h2c' }, want: 'ERR_WS_UPGRADE_HEADER' },
  { name: 'no Connection', changes: { connection: 'close' }, want: 'ERR_WS_CONNECTION_HEADER' },
  { name: 'a wrong key', changes: { 'sec-websocket-accept': key }, want: 'ERR_WS_ACCEPT_KEY' },
  { name: 'no key', changes: { 'sec-websocket-accept': undefined }, want: 'ERR_WS_ACCEPT_KEY' },
  {
    name: 'two keys',
    changes: { 'sec-websocket-accept': `${accept}, ${accept}` },
    want: 'ERR_WS_ACCEPT_KEY',
  },
  { name: 'an extension', changes: { 'sec-websocket-extensions': 'x' }, want: 'ERR_WS_EXTENSION' },
  {
    name: 'no sub-protocol',
    changes: { 'sec-websocket-protocol': undefined },
    want: 'ERR_WS_SUBPROTOCOL',
  },
  {
    name: 'another sub-protocol',
    changes: { 'sec-websocket-protocol': 'b' },
    want: 'ERR_WS_SUBPROTOCOL',
  },
  {
    name: 'an empty sub-protocol',
    changes: { 'sec-websocket-protocol': '' },
    want: 'ERR_WS_SUBPROTOCOL',
  },
  { name: 'a sub-protocol nobody offered', protocols: [], want: 'ERR_WS_SUBPROTOCOL' },
  {
    name: 'none where none was offered',
    protocols: [],
    changes: { 'sec-websocket-protocol': undefined },
    want: '',
  },
];
for (const { name, changes = {}, protocols = ['chat', 'talk'], want } of answers) {
  test(`§4.1 a client judges ${name}`, () => {
    const headers = {
      upgrade: 'WebSocket',
      connection: 'Upgrade',
      'sec-websocket-accept': accept,
      'sec-websocket-protocol': 'chat',
      ...changes,
    };
    const got = checkUpgradeResponse({ headers }, { key, protocols });
    assert.equal(got.kind === 'agreed' ? got.protocol : got.code, want);
  });
}
