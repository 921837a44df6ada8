import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from '../../src/websocket/index.ts';
import { connectionMemory } from '../../src/websocket/memory.ts';
import { clientFrame, connect, connectRaw, pairFor, until } from '../../testing/websocket-pairs.ts';

const nothing = {
  parser: 0,
  message: 0,
  decoding: 0,
  sendQueue: 0,
  deflate: 0,
  inflate: 0,
  unread: 0,
  output: 0,
  total: 0,
};

test('the total is the sum of its parts', () => {
  const memory = { parser: 1, message: 2, decoding: 4, sendQueue: 8, deflate: 16, inflate: 32 };
  const link = { protocol: { memory, waitingBytes: 5 }, bufferedBytes: 69 };
  const want = { ...memory, unread: 128, output: 64, total: 255 };
  assert.deepEqual(connectionMemory(link, 128), want);
  assert.deepEqual(connectionMemory(undefined, 0), nothing);
});

test('a connection that is idle, or not there yet, holds nothing', async (t) => {
  assert.deepEqual(new WebSocket(null).memory(), nothing);
  const [client, server] = pairFor(t);
  const messages = once(server, 'message');
  client.send('hello');
  assert.deepEqual(client.memory(), { ...nothing, output: 11, total: 11 });
  await messages;
  await client.drained();
  assert.deepEqual([client.memory(), server.memory()], [nothing, nothing]);
});

test('a message in parts, a header in parts, messages that nobody reads', async (t) => {
  const { socket, raw } = await connectRaw(t);
  raw.write(clientFrame('begins', 1, false));
  await until(() => socket.memory().message === 256);
  raw.write(clientFrame('ends', 0).subarray(0, 4));
  await until(() => socket.memory().parser === 4);
  assert.equal(socket.memory().total, 260);
  raw.write(clientFrame('ends', 0).subarray(4));
  await until(() => socket.memory().unread > 0);
  assert.deepEqual(socket.memory(), { ...nothing, unread: 10 + 64, total: 74 });
  assert.equal((await once(socket, 'message'))[0].toString(), 'beginsends');
  assert.deepEqual(socket.memory(), nothing);
});

test('messages that wait cost 200 bytes each besides; bufferedAmount says their bytes', async (t) => {
  const [client, server] = pairFor(t);
  server.pause();
  client.send(Buffer.alloc(500_000));
  await new Promise(setImmediate);
  const before = client.memory();
  const bufferedBefore = client.bufferedAmount;
  assert.equal(client.send('x'), 'queued');
  assert.equal(client.send('x'), 'queued');
  const { sendQueue, output } = client.memory();
  assert.deepEqual([sendQueue, output], [before.sendQueue + 402, before.output]);
  assert.equal(client.bufferedAmount, bufferedBefore + 2);
});

test('contexts are counted while there are any', async (t) => {
  const perMessageDeflate = { threshold: 0 };
  const { client, server } = await connect(t, { perMessageDeflate }, { perMessageDeflate });
  server.on('message', (data) => server.send(data));
  const answer = once(client, 'message');
  client.send('a text that is worth it'.repeat(10));
  await answer;
  const KiB = 1024;
  for (const socket of [client, server]) {
    const { deflate, inflate, decoding, total } = socket.memory();
    assert.ok(deflate >= 256 * KiB && deflate < 400 * KiB, `${deflate} to compress`);
    assert.ok(inflate >= 40 * KiB && inflate < 150 * KiB, `${inflate} to inflate`);
    assert.deepEqual([decoding, total], [0, deflate + inflate]);
  }
  client.terminate();
  await once(server, 'close');
  assert.deepEqual([client.memory(), server.memory()], [nothing, nothing]);
});
