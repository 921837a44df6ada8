import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPair, WebSocket } from '../../../src/websocket/index.ts';
import { pairFor, record, turns, until } from '../../../testing/websocket-pairs.ts';

test('two ends that are open at once, each the other’s peer', async (t) => {
  const [client, server] = pairFor(t);
  assert.deepEqual([client.readyState, server.readyState], [WebSocket.OPEN, WebSocket.OPEN]);
  const [onServer, onClient] = [record(server), record(client)];
  client.send('up');
  server.send('down');
  client.ping('?');
  await until(() => onServer.length === 2 && onClient.length === 2);
  assert.deepEqual(onServer, ['message up', 'ping ?']);
  assert.deepEqual(onClient.sort(), ['message down', 'pong ?']);
  server.close(4000, 'done');
  await until(() => onServer.length === 3 && onClient.length === 3);
  assert.equal(onServer[2], 'close 4000 done');
  assert.equal(onClient[2], 'close 4000 done');
  assert.deepEqual([client.wasClean, server.wasClean], [true, true]);
});

test('options are those of both ends, and are checked', async (t) => {
  assert.throws(() => createPair({ maxPayload: -1 }), {
    name: 'RangeError',
    message: /maxPayload/,
  });
  for (const sender of [0, 1] as const) {
    const pair = pairFor(t, { maxPayload: 4 });
    const receiver = pair[1 - sender]!;
    const told = record(receiver, 'close');
    pair[sender].send('12345');
    await until(() => told.length === 1);
    assert.equal(receiver.outcome?.error?.code, 'ERR_WS_MESSAGE_TOO_BIG');
  }
});

test('back-pressure: what the other end does not read waits here, and comes in order', async (t) => {
  const [client, server] = pairFor(t);
  server.pause();
  const results = new Set<string>();
  const count = 100;
  for (let i = 0; i < count; i++) results.add(client.send(Buffer.alloc(100_000, i)));
  await turns(20);
  assert.deepEqual([...results], ['sent', 'queued']);
  assert.ok(client.bufferedAmount > 9_000_000, `${client.bufferedAmount} bytes`);
  const got: number[] = [];
  server.on('message', (data) => void got.push(data[0]!));
  server.resume();
  assert.equal(await client.drained(), true);
  await until(() => got.length === count);
  assert.deepEqual(
    got,
    Array.from({ length: count }, (_, i) => i),
  );
});

test('an end that is cut is seen as 1006 by both, also by one that still writes', async (t) => {
  const [client, server] = pairFor(t);
  const told = [record(client), record(server)];
  server.pause();
  for (let i = 0; i < 50; i++) client.send(Buffer.alloc(100_000));
  await turns(3);
  const drained = client.drained();
  server.terminate();
  await until(() => told.every(({ length }) => length === 1));
  assert.deepEqual(told, [['close 1006'], ['close 1006']]);
  assert.equal(await drained, false);
  assert.equal(client.bufferedAmount >= 0, true);
});

test('one end destroyed under its owner is the end of both', async (t) => {
  for (const which of [0, 1] as const) {
    const pair = pairFor(t);
    const told = pair.map((end) => record(end));
    pair[which]._socket!.destroy(new Error('pulled'));
    await until(() => told.every(({ length }) => length === 1));
    assert.deepEqual(told, [['close 1006'], ['close 1006']]);
  }
});

test('a half-closed end: what was sent before arrives, then 1006 without a close frame', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server);
  client.send('last words');
  await turns(1);
  client._socket!.end();
  await until(() => told.length === 2);
  assert.deepEqual(told, ['message last words', 'close 1006']);
});
