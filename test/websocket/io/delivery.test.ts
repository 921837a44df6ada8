import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Opcode, WebSocket } from '../../../src/websocket/index.ts';
import {
  clientClose,
  clientFrame,
  connect,
  connectRaw,
  pairFor,
  record,
  turns,
  until,
} from '../../../testing/websocket-pairs.ts';
import { closeOf } from '../../../testing/websocket-peers.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `message ${i}`);

test('what comes while the handler awaits is told to the listener that attaches later', async (t) => {
  const { socket, raw } = await connectRaw(t);
  const pinged = once(socket, 'ping');
  raw.write(Buffer.concat([clientFrame('0'), clientFrame('1'), clientFrame('?', Opcode.ping)]));
  // Below the mark control frames work: the ping behind two unread messages is told and answered.
  await pinged;
  const told = record(socket, 'message');
  raw.write(clientFrame('2'));
  await until(() => told.length === 3);
  assert.deepEqual(told, numbered(3));
});

test('listeners that attach in one breath all get what waited', async (t) => {
  const [client, server] = pairFor(t);
  client.send('0');
  await turns(3);
  const one = record(server, 'message');
  const other = record(server, 'message');
  await turns(1);
  assert.deepEqual([one, other], [numbered(1), numbered(1)]);
});

test('from 64 KiB on nothing more is read, until somebody listens', async (t) => {
  const { client, server } = await connect(t);
  const pings = record(server, 'ping');
  const big = 'x'.repeat(32 * 1024);
  for (let i = 0; i < 2; i++) client.send(big);
  client.ping('behind');
  await client.drained();
  await turns(20);
  assert.deepEqual(pings, []);
  assert.equal(server.isPaused, false, 'isPaused is what the caller did');
  const told = record(server, 'message');
  await until(() => pings.length === 1);
  assert.equal(told.length, 2);
});

test('the peer has closed meanwhile: messages first, then close', async (t) => {
  const { socket, raw } = await connectRaw(t);
  raw.end(Buffer.concat([...['0', '1'].map((text) => clientFrame(text)), clientClose(1001)]));
  await until(() => socket.readyState === WebSocket.CLOSED);
  const told = record(socket);
  await until(() => told.length === 3);
  assert.deepEqual(told, [...numbered(2), 'close 1001']);
});

test('who listens to close alone gets it at once, and messages if he asks later', async (t) => {
  const { socket, raw } = await connectRaw(t);
  const closed = closeOf(socket);
  raw.end(Buffer.concat([clientFrame('0'), clientClose()]));
  await closed;
  const [data] = (await once(socket, 'message')) as [Buffer];
  assert.equal(data.toString(), '0');
});

test('who attaches to close alone, later, is not made to wait either', async (t) => {
  const { socket, raw } = await connectRaw(t);
  raw.end(Buffer.concat([clientFrame('0'), clientClose()]));
  await until(() => socket.readyState === WebSocket.CLOSED);
  assert.equal((await closeOf(socket)).code, 1000);
});

test('a transport that is reset hands over what it had: messages, then 1006', async (t) => {
  const { socket, raw } = await connectRaw(t);
  const told = record(socket);
  socket.once('message', () => socket.pause());
  raw.write(Buffer.concat(['0', '1', '2'].map((text) => clientFrame(text))));
  await until(() => told.length === 1);
  raw.resetAndDestroy();
  await until(() => socket.readyState === WebSocket.CLOSED);
  assert.deepEqual(told, numbered(1));
  socket.resume();
  await until(() => told.length === 4);
  assert.deepEqual(told, [...numbered(3), 'close 1006']);
});

for (const allowSynchronousEvents of [true, false]) {
  test(`an end that was seen before its messages waits, synchronous ${allowSynchronousEvents}`, async (t) => {
    const { socket, raw } = await connectRaw(t, { allowSynchronousEvents });
    const told = record(socket);
    socket.pause();
    for (let i = 0; i < 10; i++) raw.write(clientFrame(String(i)));
    raw.end(clientClose(1000));
    await until(() => socket._socket!.readableLength >= 10 * 7 + 8);
    await turns(5);
    assert.deepEqual(told, []);
    socket.resume();
    await until(() => told.length === 11);
    assert.deepEqual(told, [...numbered(10), 'close 1000']);
  });
}

test('messages that nobody reads are discarded after readerTimeoutMs, and what follows too', async (t) => {
  const { client, server } = await connect(t, { readerTimeoutMs: 5 });
  const pings = record(server, 'ping');
  for (let i = 0; i < 4; i++) client.send('x'.repeat(32 * 1024));
  client.ping('read again');
  await until(() => pings.length === 1);
  const told = record(server, 'message');
  client.send('0');
  await until(() => told.length === 1);
  assert.deepEqual(told, numbered(1));
});

test('a caller who has paused is waited for, however long', async (t) => {
  const [client, server] = pairFor(t, { readerTimeoutMs: 1 });
  server.once('ping', () => server.pause());
  client.send('0');
  client.ping();
  await until(() => server.isPaused);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const told = record(server, 'message');
  await turns(3);
  assert.deepEqual(told, []);
  assert.equal(server.isPaused, true);
  server.resume();
  await turns(3);
  assert.deepEqual(told, numbered(1));
});

test('a close without readers is not held up by what nobody reads', async (t) => {
  const { client, server } = await connect(t);
  for (let i = 0; i < 4; i++) server.send('x'.repeat(32 * 1024));
  await server.drained();
  const closed = Promise.all([closeOf(client), closeOf(server)]);
  client.close(1000);
  assert.deepEqual(
    (await closed).map(({ code }) => code),
    [1000, 1000],
  );
});

test('once, again and again, loses nothing however much comes at once', async (t) => {
  const [client, server] = pairFor(t);
  const count = 3000;
  for (let i = 0; i < count; i++) client.send(String(i));
  for (let i = 0; i < count; i++) {
    const [data] = (await once(server, 'message')) as [Buffer];
    assert.equal(data.toString(), String(i));
    if (i % 500 === 0) await turns(3);
  }
});

test('pause within a listener stops after this message; resume goes on in order', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server, 'message');
  server.on('message', () => server.pause());
  for (let i = 0; i < 5; i++) client.send(String(i));
  for (let i = 1; i <= 5; i++) {
    await turns(5);
    assert.deepEqual(told, numbered(i));
    server.resume();
  }
});

test('for await gives texts as strings and bytes as binaryType says, then ends', async (t) => {
  const [client, server] = pairFor(t);
  client.send('text');
  client.send(Buffer.from('bytes'));
  client.close(1000);
  server.binaryType = 'arraybuffer';
  const got: unknown[] = [];
  const order: string[] = [];
  server.on('close', () => order.push('close'));
  for await (const message of server) {
    got.push(message);
    order.push('message');
  }
  assert.equal(got[0], 'text');
  assert.ok(got[1] instanceof ArrayBuffer);
  await turns(3);
  assert.deepEqual(order, ['message', 'message', 'close']);
  assert.equal(server.outcome?.code, 1000);
});

test('close is told when the loop has been given the last message', async (t) => {
  const [client, server] = pairFor(t);
  for (let i = 0; i < 3; i++) client.send(String(i));
  client.close();
  await until(() => server.readyState === WebSocket.CLOSED);
  const order: string[] = [];
  server.on('close', () => order.push('close'));
  for await (const message of server) order.push(`message ${message}`);
  assert.deepEqual(order.slice(0, 3), numbered(3));
  assert.deepEqual(order.slice(3), ['close']);
});

test('leaving a loop leaves the rest to the next one', async (t) => {
  const [client, server] = pairFor(t);
  for (let i = 0; i < 6; i++) client.send(String(i));
  const got: string[] = [];
  for (let round = 0; round < 3; round++) {
    for await (const message of server) {
      got.push(`message ${message}`);
      if (got.length % 2 === 0) break;
    }
    await turns(2);
  }
  assert.deepEqual(got, numbered(6));
  assert.equal(server.readyState, WebSocket.OPEN);
});

test('a reader pulls; released, it lets go of a pull that waits', async (t) => {
  const [client, server] = pairFor(t);
  const reader = server.messageReader();
  const [first, second] = [reader.read(), reader.read()];
  client.send('first');
  client.send(Buffer.from('second'));
  assert.deepEqual(await first, { data: Buffer.from('first'), isBinary: false });
  assert.deepEqual(await second, { data: Buffer.from('second'), isBinary: true });
  const waiting = reader.read();
  reader.release();
  reader.release();
  assert.equal(await waiting, undefined);
  assert.equal(await reader.read(), undefined);
  client.send('third');
  assert.equal(String((await once(server, 'message'))[0]), 'third');
});

test('a reader that does not pull stops the sender', async (t) => {
  const { client, server } = await connect(t);
  const reader = server.messageReader();
  let isSent = false;
  const bytes = 512 * 1024;
  const count = 28;
  for (let i = 0; i < count; i++) client.send(Buffer.alloc(bytes, i));
  void client.drained().then(() => (isSent = true));
  await turns(200);
  assert.equal(isSent, false);
  for (let i = 0; i < count; i++) {
    const { data } = (await reader.read())!;
    assert.deepEqual([data.length, data[0]], [bytes, i]);
  }
});

test('without synchronous events each message has a turn of its own', async (t) => {
  for (const [allowSynchronousEvents, want] of [
    [true, ['0', '1', '2', 'after 0', 'after 1', 'after 2']],
    [false, ['0', 'after 0', '1', 'after 1', '2', 'after 2']],
  ] as const) {
    const { socket, raw } = await connectRaw(t, { allowSynchronousEvents });
    const order: string[] = [];
    socket.on('message', (data) => {
      order.push(String(data));
      void Promise.resolve().then(() => order.push(`after ${data}`));
    });
    raw.write(Buffer.concat(['0', '1', '2'].map((text) => clientFrame(text))));
    await until(() => order.length === 6);
    assert.deepEqual(order, want);
  }
});

test('without synchronous events what waited comes one a turn too', async (t) => {
  const [client, server] = pairFor(t, { allowSynchronousEvents: false });
  for (let i = 0; i < 3; i++) client.send(String(i));
  await turns(10);
  const order: string[] = [];
  server.on('message', (data) => {
    order.push(String(data));
    void Promise.resolve().then(() => order.push(`after ${data}`));
  });
  await until(() => order.length === 6);
  assert.deepEqual(order, ['0', 'after 0', '1', 'after 1', '2', 'after 2']);
});

test('terminate discards what nobody has read, and ends at the message at hand', async (t) => {
  const { socket, raw } = await connectRaw(t);
  raw.write(Buffer.concat(['0', '1'].map((text) => clientFrame(text))));
  const told = record(socket);
  socket.on('message', () => socket.terminate());
  await until(() => told.length === 2);
  assert.deepEqual(told, ['message 0', 'close 1006']);

  const [client, server] = pairFor(t);
  client.send('unread');
  await turns(3);
  server.terminate();
  const later = record(server);
  await until(() => later.length === 1);
  assert.deepEqual(later, ['close 1006']);
});
