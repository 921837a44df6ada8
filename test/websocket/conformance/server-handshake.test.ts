/** Which requests our server takes, what it answers, and what it says to the others. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { acceptKey } from '../../../src/websocket/index.ts';
import type { WebSocketServerOptions } from '../../../src/websocket/index.ts';
import { readHead } from '../../../testing/conformance-peer.ts';
import { openRaw, startServer } from '../../../testing/websocket-peers.ts';

const key = 'AQIDBAUGBwgJCgsMDQ4PEA==';
const usual = {
  host: 'Host: 127.0.0.1',
  upgrade: 'Upgrade: websocket',
  connection: 'Connection: Upgrade',
  key: `Sec-WebSocket-Key: ${key}`,
  version: 'Sec-WebSocket-Version: 13',
};

interface Request {
  start?: string;
  /** Lines in place of the usual ones, or none. */
  lines?: Partial<Record<keyof typeof usual, string | undefined>>;
  more?: readonly string[];
}

/** The status and the headers that a server answers with. */
async function answerTo(
  t: TestContext,
  { start = 'GET /chat HTTP/1.1', lines = {}, more = [] }: Request,
  options: Omit<WebSocketServerOptions, 'port' | 'server' | 'noServer'> = {},
) {
  const { port } = await startServer(t, options);
  const head = Object.values({ ...usual, ...lines }).filter((line) => line !== undefined);
  const raw = await openRaw(t, port, [start, ...head, ...more, '', ''].join('\r\n'));
  const ended = once(raw, 'close');
  const [first = '', ...headers] = (await readHead(raw)).head.trimEnd().split('\r\n');
  const valuesOf = (name: string) =>
    headers
      .filter((line) => line.toLowerCase().startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trim());
  return { first, status: Number(first.split(' ')[1]), valuesOf, ended };
}

test('§4.2.2 the answer has what it must, each header once, and no more', async (t) => {
  const { first, valuesOf } = await answerTo(t, {});
  assert.equal(first, 'HTTP/1.1 101 Switching Protocols');
  assert.deepEqual(valuesOf('upgrade'), ['websocket']);
  assert.deepEqual(valuesOf('connection'), ['Upgrade']);
  assert.deepEqual(valuesOf('sec-websocket-accept'), [acceptKey(key)]);
  assert.deepEqual(valuesOf('sec-websocket-protocol'), []);
  assert.deepEqual(valuesOf('sec-websocket-extensions'), []);
  assert.deepEqual(valuesOf('sec-websocket-version'), []);
});

const taken: ({ name: string } & Request)[] = [
  {
    name: 'values in any case',
    lines: { upgrade: 'UPGRADE: WebSocket', connection: 'connection: upgrade' },
  },
  { name: 'Connection with more tokens', lines: { connection: 'Connection: keep-alive, Upgrade' } },
  { name: 'headers nobody knows', more: ['X-Unheard-Of: 1', 'Cookie: a=b'] },
  { name: 'an absolute request target', start: 'GET http://127.0.0.1/chat HTTP/1.1' },
  { name: 'no Origin, as from a program', more: [] },
  { name: 'an extension nobody knows', more: ['Sec-WebSocket-Extensions: x-unheard-of; a=1'] },
];
for (const { name, ...request } of taken) {
  test(`§4.2.1 our server takes ${name}`, async (t) => {
    const { status, valuesOf } = await answerTo(t, request);
    assert.equal(status, 101);
    assert.deepEqual(valuesOf('sec-websocket-extensions'), []);
  });
}

const refused: ({ name: string; want: number } & Request)[] = [
  { name: 'POST', start: 'POST /chat HTTP/1.1', want: 405 },
  { name: 'HTTP/1.0', start: 'GET /chat HTTP/1.0', want: 400 },
  { name: 'no Host', lines: { host: undefined }, want: 400 },
  { name: 'Upgrade: h2c', lines: { upgrade: 'Upgrade: h2c' }, want: 426 },
  // Node takes these two for plain requests.
  { name: 'no Connection', lines: { connection: undefined }, want: 426 },
  { name: 'Connection: close', lines: { connection: 'Connection: close' }, want: 426 },
  { name: 'no key', lines: { key: undefined }, want: 400 },
  { name: 'an empty key', lines: { key: 'Sec-WebSocket-Key:' }, want: 400 },
  {
    name: 'a key of 15 bytes',
    lines: { key: 'Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4P' },
    want: 400,
  },
  {
    name: 'a key that is no base64',
    lines: { key: 'Sec-WebSocket-Key: ****************==' },
    want: 400,
  },
  { name: 'the key twice', more: [usual.key], want: 400 },
  { name: 'no version', lines: { version: undefined }, want: 426 },
  { name: 'version 12', lines: { version: 'Sec-WebSocket-Version: 12' }, want: 426 },
  { name: 'version 013', lines: { version: 'Sec-WebSocket-Version: 013' }, want: 426 },
  { name: 'the version twice', more: ['Sec-WebSocket-Version: 13'], want: 426 },
  { name: 'an empty sub-protocol', more: ['Sec-WebSocket-Protocol:'], want: 400 },
  { name: 'a sub-protocol that is no token', more: ['Sec-WebSocket-Protocol: a, b c'], want: 400 },
  { name: 'a sub-protocol twice', more: ['Sec-WebSocket-Protocol: a, b, a'], want: 400 },
  {
    name: 'extensions that break the grammar',
    more: ['Sec-WebSocket-Extensions: foo; bar="a b"'],
    want: 400,
  },
  { name: 'a page of another origin', more: ['Origin: http://elsewhere.example'], want: 403 },
];
for (const { name, want, ...request } of refused) {
  test(`§4.2.1 our server refuses ${name}`, async (t) => {
    const { status, valuesOf } = await answerTo(t, request);
    assert.equal(status, want);
    assert.deepEqual(valuesOf('sec-websocket-accept'), []);
  });
}

test('§7.2.2 behind a refusal the transport is closed', async (t) => {
  const { status, ended } = await answerTo(t, { lines: { key: undefined } });
  assert.equal(status, 400);
  await ended;
});

test('§4.4 another version is told which one is spoken', async (t) => {
  const { status, valuesOf } = await answerTo(t, {
    lines: { version: 'Sec-WebSocket-Version: 8' },
  });
  assert.equal(status, 426);
  assert.deepEqual(valuesOf('sec-websocket-version'), ['13']);
});

test('§4.2.2 a resource that is not there is refused with 404', async (t) => {
  assert.equal((await answerTo(t, {}, { path: '/other' })).status, 404);
});

test('§4.2.2 a sub-protocol is chosen among those of the client, or none', async (t) => {
  const more = ['Sec-WebSocket-Protocol: soap, wamp', 'Sec-WebSocket-Protocol: mqtt'];
  const chosenBy = async (handleProtocols: (offered: ReadonlySet<string>) => string | false) =>
    (await answerTo(t, { more }, { handleProtocols })).valuesOf('sec-websocket-protocol');
  assert.deepEqual(await chosenBy((offered) => [...offered][2] ?? ''), ['mqtt']);
  assert.deepEqual(await chosenBy(() => false), []);
  assert.deepEqual(await chosenBy(() => 'unasked'), []);
});

test('§10.2 pages of other origins are refused with 403, unless they are allowed', async (t) => {
  const more = ['Origin: https://page.example'];
  assert.equal((await answerTo(t, { more })).status, 403);
  assert.equal(
    (await answerTo(t, { more }, { allowedOrigins: ['https://page.example'] })).status,
    101,
  );
  assert.equal((await answerTo(t, { more }, { allowedOrigins: 'any' })).status, 101);
});
