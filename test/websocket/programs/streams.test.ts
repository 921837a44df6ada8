/** Connections as streams. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { createWebSocketStream } from '../../../src/websocket/index.ts';
import { closed, listening, texts } from '../../../testing/ws-programs.ts';

test('a server that pipes everything back, 1 MiB through it', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', function connection(ws) {
    const duplex = createWebSocketStream(ws);
    duplex.on('error', console.error);
    duplex.pipe(duplex);
  });
  const ws = new WebSocket(await listening(t, wss));
  const duplex = createWebSocketStream(ws);
  assert.ok(duplex instanceof Duplex);
  const data = randomBytes(1024 * 1024);
  const pieces = Array.from({ length: 16 }, (_, i) => data.subarray(i * 65536, (i + 1) * 65536));
  const hash = createHash('sha256');
  let bytes = 0;
  Readable.from(pieces).pipe(duplex, { end: false });
  for await (const chunk of duplex as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes === data.length) break;
  }
  assert.equal(hash.digest('hex'), createHash('sha256').update(data).digest('hex'));
});

test('text in, text out', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => {
    ws.on('message', (data) => ws.send(`<${data}>`));
  });
  const ws = new WebSocket(await listening(t, wss));
  const duplex = createWebSocketStream(ws, { encoding: 'utf8', decodeStrings: false });
  duplex.write('before it is open');
  const [first] = (await once(duplex, 'data')) as [string];
  assert.equal(first, '<before it is open>');
  duplex.write('näxt');
  const [second] = (await once(duplex, 'data')) as [string];
  assert.equal(second, '<näxt>');
  duplex.end();
  await once(ws, 'close');
});

test('readableObjectMode: one message a read, text as strings', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => {
    ws.send('one');
    ws.send('two');
    ws.send(Buffer.from([3]));
    ws.close();
  });
  const ws = new WebSocket(await listening(t, wss));
  const got: unknown[] = [];
  for await (const message of createWebSocketStream(ws, { readableObjectMode: true })) {
    got.push(message);
  }
  assert.deepEqual(got, ['one', 'two', Buffer.from([3])]);
});

test('the end of a stream closes the connection, both ways', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const connection = once(wss, 'connection');
  const ws = new WebSocket(await listening(t, wss));
  const duplex = createWebSocketStream(ws);
  const [peer] = (await connection) as [WebSocket];
  const next = texts(peer);
  const end = closed(peer);
  const gone = once(duplex, 'close');
  duplex.resume();
  duplex.end('last words');
  assert.equal(await next(), 'last words');
  assert.deepEqual(await end, [1005, '']);
  await gone;
  assert.equal(duplex.destroyed, true);
});

test('pipeline ends when the other side closes', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => {
    for (const text of ['a', 'b', 'c']) ws.send(text);
    ws.close(1000);
  });
  const ws = new WebSocket(await listening(t, wss));
  const got: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      got.push(String(chunk));
      setImmediate(done);
    },
  });
  await pipeline(createWebSocketStream(ws), sink);
  assert.equal(got.join(''), 'abc');
});

test('destroying the stream cuts the connection', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const connection = once(wss, 'connection');
  const ws = new WebSocket(await listening(t, wss));
  const duplex = createWebSocketStream(ws);
  const [peer] = (await connection) as [WebSocket];
  if (ws.readyState !== WebSocket.OPEN) await once(ws, 'open');
  const end = closed(peer);
  const error = once(duplex, 'close').catch((cause: unknown) => [cause]);
  duplex.destroy(new Error('enough'));
  assert.match(String((await error)[0]), /enough/);
  assert.equal((await end)[0], 1006);
});

test('a connection that fails is the stream’s error', async () => {
  const duplex = createWebSocketStream(new WebSocket('ws://127.0.0.1:1/'));
  const [error] = (await once(duplex, 'data').catch((cause: unknown) => [cause])) as [Error];
  assert.equal('code' in error && error.code, 'ECONNREFUSED');
});

test('a slow reader is not flooded', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const connection = once(wss, 'connection');
  const ws = new WebSocket(await listening(t, wss));
  const [peer] = (await connection) as [WebSocket];
  const reader = createWebSocketStream(ws);
  const writer = createWebSocketStream(peer);
  const piece = Buffer.alloc(256 * 1024, 7);
  const total = 64;
  let written = 0;
  const feed = new Promise<void>((resolve) => {
    const write = () => {
      if (written === total) return resolve();
      written++;
      writer.write(piece, write);
    };
    write();
  });
  let bytes = 0;
  for await (const chunk of reader as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes === total * piece.length) break;
    // Time for more to come, which has to wait in the connection.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    assert.ok(reader.readableLength <= reader.readableHighWaterMark + piece.length);
  }
  await feed;
  assert.equal(bytes, total * piece.length);
});
