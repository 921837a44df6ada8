import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { createWebSocketStream, WebSocket } from '../../../src/websocket/index.ts';
import {
  connect,
  connectRaw,
  pairFor,
  record,
  turns,
  until,
} from '../../../testing/websocket-pairs.ts';
import { startClient, startServer } from '../../../testing/websocket-peers.ts';

/** Bytes that tell their place: 4 MiB in pieces of several sizes. */
function* pieces(total: number): Generator<Buffer> {
  const sizes = [1, 7, 1000, 65_535, 65_536, 200_000];
  for (let at = 0, i = 0; at < total; i++) {
    const size = Math.min(sizes[i % sizes.length]!, total - at);
    yield Buffer.from(Uint8Array.from({ length: size }, (_, k) => (at + k) % 251));
    at += size;
  }
}

test('4 MiB through an echo of streams come back as they were', async (t) => {
  const { client, server } = await connect(t);
  const echo = createWebSocketStream(server);
  const echoed = pipeline(echo, echo);
  const stream = createWebSocketStream(client);
  const total = 4 * 1024 * 1024;
  let at = 0;
  stream.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte !== at++ % 251) assert.fail(`byte ${at - 1} is wrong`);
    if (at === total) stream.end();
  });
  await pipeline(Readable.from(pieces(total)), stream, { end: false });
  await Promise.all([finished(stream), echoed]);
  assert.equal(at, total);
  await until(() => server.readyState === WebSocket.CLOSED);
  assert.deepEqual([client.wasClean, server.wasClean], [true, true]);
});

test('readable: a stream that nobody reads stops the sender, and loses nothing', async (t) => {
  const { client, server } = await connect(t);
  const stream = createWebSocketStream(server);
  const count = 28;
  const bytes = 512 * 1024;
  for (let i = 0; i < count; i++) client.send(Buffer.alloc(bytes, i));
  await turns(200);
  assert.ok(client.bufferedAmount > 1024 * 1024, 'the sender still has most of it');
  assert.ok(stream.readableLength <= 2 * bytes, `${stream.readableLength} bytes were pulled`);
  client.close();
  const got: number[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    assert.equal(chunk.length, bytes);
    got.push(chunk[0]!);
  }
  assert.deepEqual(
    got,
    Array.from({ length: count }, (_, i) => i),
  );
});

test('writable: a write is done when the peer reads, and not before', async (t) => {
  const [client, server] = pairFor(t);
  server.pause();
  const stream = createWebSocketStream(client);
  let written = 0;
  const writes = (async () => {
    for (let i = 0; i < 100; i++) {
      written++;
      if (!stream.write(Buffer.alloc(64 * 1024, i))) await once(stream, 'drain');
    }
    stream.end();
  })();
  await turns(50);
  assert.ok(written < 10, `${written} writes were taken`);
  assert.ok(client.bufferedAmount < 1024 * 1024);
  let got = 0;
  server.on('message', () => void got++);
  server.resume();
  await writes;
  await until(() => server.readyState === WebSocket.CLOSED);
  assert.equal(got, 100);
});

test('readableObjectMode keeps the borders: texts as strings, bytes as Buffers', async (t) => {
  const [client, server] = pairFor(t);
  const stream = createWebSocketStream(server, { readableObjectMode: true });
  client.send('text');
  client.send('');
  client.send(Buffer.from('bytes'));
  client.close();
  const got: unknown[] = [];
  for await (const chunk of stream) got.push(chunk);
  assert.deepEqual(got, ['text', '', Buffer.from('bytes')]);
});

test('without it texts come as bytes, and empty messages are none', async (t) => {
  const [client, server] = pairFor(t);
  const stream = createWebSocketStream(server);
  for (const text of ['a', '', 'b']) client.send(text);
  client.close();
  const got: unknown[] = [];
  for await (const chunk of stream) got.push(chunk);
  assert.equal(Buffer.concat(got as Buffer[]).toString(), 'ab');
});

test('strings are texts with decodeStrings false, else bytes', async (t) => {
  for (const [options, want] of [
    [{ decodeStrings: false }, false],
    [{}, true],
  ] as const) {
    const [client, server] = pairFor(t);
    createWebSocketStream(client, options).write('x');
    const [data, isBinary] = (await once(server, 'message')) as [Buffer, boolean];
    assert.deepEqual([data.toString(), isBinary], ['x', want]);
  }
});

test('end closes with 1005, after what was written; the other end sees its end', async (t) => {
  const [client, server] = pairFor(t);
  const stream = createWebSocketStream(client);
  const told = record(server);
  stream.write('one');
  stream.end('two');
  stream.resume();
  await finished(stream);
  assert.equal(stream.destroyed, true);
  await until(() => told.length === 3);
  assert.deepEqual(told, ['message one', 'message two', 'close 1005']);
});

test('what is written while connecting is sent once it is open', async (t) => {
  const { server, url } = await startServer(t);
  const stream = createWebSocketStream(startClient(t, url));
  stream.end('early');
  stream.resume();
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  const told = record(socket);
  await until(() => told.length === 2);
  assert.deepEqual(told, ['message early', 'close 1005']);
});

test('destroy terminates, with its error; the stream closes once the connection has', async (t) => {
  const [client, server] = pairFor(t);
  const stream = createWebSocketStream(client);
  const told = record(server);
  const failed = once(stream, 'error');
  stream.destroy(new Error('enough'));
  assert.equal(((await failed)[0] as Error).message, 'enough');
  assert.equal(client.readyState, WebSocket.CLOSED);
  await until(() => told.length === 1);
  assert.deepEqual(told, ['close 1006']);
});

test('an error of the connection is one of the stream, and the peer is told', async (t) => {
  const { socket, raw } = await connectRaw(t);
  const stream = createWebSocketStream(socket);
  const chunks: Buffer[] = [];
  raw.on('data', (chunk: Buffer) => chunks.push(chunk));
  raw.write(Buffer.from('8100', 'hex'));
  const [error] = (await once(stream, 'error')) as [Error & { code: string }];
  assert.equal(error.code, 'ERR_WS_MASK_REQUIRED');
  await until(() => socket.readyState === WebSocket.CLOSED);
  assert.equal(Buffer.concat(chunks).readUInt16BE(2), 1002);
});

test('a client that cannot connect destroys its stream with the reason', async (t) => {
  const { url, server } = await startServer(t);
  await server.shutdown({ graceMs: 0 });
  const stream = createWebSocketStream(startClient(t, url));
  stream.write('never');
  let error: unknown;
  stream.on('error', (given) => void (error = given));
  // Not events.once, which would listen to `error` as well.
  await new Promise((resolve) => stream.on('close', resolve));
  assert.equal((error as { code?: string }).code, 'ECONNREFUSED');
});

test('a stream destroyed while connecting gives the attempt up', async (t) => {
  const { url } = await startServer(t);
  const client = startClient(t, url);
  const stream = createWebSocketStream(client);
  stream.destroy();
  await once(stream, 'close');
  assert.equal(client.readyState, WebSocket.CLOSED);
});

test('a write on a connection that has closed fails', async (t) => {
  const [client, server] = pairFor(t);
  const stream = createWebSocketStream(client);
  stream.resume();
  const ended = once(stream, 'end');
  server.close();
  await ended;
  const failed = once(stream, 'error');
  stream.write('late');
  assert.match(((await failed)[0] as Error).message, /not open: readyState 3/);
});

test('a transport that breaks while the stream ends does not leave it hanging', async (t) => {
  const { client, server } = await connect(t);
  server.pause();
  const stream = createWebSocketStream(client);
  for (let i = 0; i < 12; i++) client.send(Buffer.alloc(1024 * 1024));
  stream.end();
  await until(() => client.readyState === WebSocket.CLOSING);
  client._socket!.destroy();
  stream.resume();
  await Promise.race([finished(stream).catch(() => {}), once(stream, 'close')]);
  assert.equal(stream.destroyed, true);
});

test('pipeline into a slow writable: each chunk once, and the end', async (t) => {
  const [client, server] = pairFor(t);
  const got: string[] = [];
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, callback) {
      got.push(chunk.toString());
      setImmediate(callback);
    },
  });
  const piped = pipeline(createWebSocketStream(server), slow);
  for (let i = 0; i < 50; i++) client.send(`${i};`);
  client.close();
  // The writable side of the stream stays open until it is used or ended, as in npm ws.
  await piped;
  assert.equal(got.join(''), Array.from({ length: 50 }, (_, i) => `${i};`).join(''));
});
