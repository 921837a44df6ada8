import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Broadcaster } from '../../../src/chat/io/broadcaster.ts';
import { PreparedMessage, WebSocket, WebSocketServer } from '../../../src/websocket/index.ts';
import { FakeSocket } from '../../../testing/fake-socket.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';

function membersOf(broadcaster: Broadcaster, count: number): FakeSocket[] {
  const sockets = Array.from({ length: count }, () => new FakeSocket());
  for (const socket of sockets) broadcaster.add(socket);
  return sockets;
}

test('one frame, encoded once, for every member', () => {
  const broadcaster = new Broadcaster();
  const sockets = membersOf(broadcaster, 3);
  assert.deepEqual(broadcaster.broadcast('hi'), { delivered: 3, dropped: 0 });
  const frames = new Set(sockets.flatMap((socket) => socket.handedOver));
  assert.equal(frames.size, 1);
  assert.ok([...frames][0] instanceof PreparedMessage);
});

test('strings go as text, bytes as binary, prepared messages as they are', () => {
  const broadcaster = new Broadcaster();
  const [socket] = membersOf(broadcaster, 1);
  const prepared = new PreparedMessage('hi');
  broadcaster.broadcast('hi');
  broadcaster.broadcast(Buffer.from('hi'));
  broadcaster.broadcast(prepared);
  const frames = (socket?.handedOver ?? []) as PreparedMessage[];
  const bytes = frames.map(({ frame }) => frame.toString('hex'));
  assert.deepEqual(bytes, ['81026869', '82026869', '81026869']);
  assert.equal(frames[2], prepared);
});

test('all but one', () => {
  const broadcaster = new Broadcaster();
  const [a, b] = membersOf(broadcaster, 2);
  assert.deepEqual(broadcaster.broadcast('hi', { except: a }), { delivered: 1, dropped: 0 });
  assert.deepEqual([a?.sent, b?.sent], [[], ['hi']]);
});

test('adding twice counts once; removing leaves no listener', () => {
  const broadcaster = new Broadcaster();
  const socket = new FakeSocket();
  broadcaster.add(socket);
  broadcaster.add(socket);
  assert.equal(broadcaster.size, 1);
  assert.equal(broadcaster.broadcast('hi').delivered, 1);
  assert.equal(broadcaster.remove(socket), true);
  assert.equal(broadcaster.remove(socket), false);
  assert.equal(socket.listenerCount('close'), 0);
  assert.deepEqual(broadcaster.broadcast('hi'), { delivered: 0, dropped: 0 });
});

test('a socket that closes is no member any more', () => {
  const broadcaster = new Broadcaster();
  const [socket] = membersOf(broadcaster, 1);
  socket?.finishClose();
  assert.equal(broadcaster.size, 0);
  assert.equal(socket?.listenerCount('close'), 0);
});

test('§7.4.1 a member over its limit is closed with 1013, counted and reported', () => {
  const dropped: unknown[] = [];
  const broadcaster = new Broadcaster({ maxQueuedBytes: 100, onDropped: (s) => dropped.push(s) });
  const [fast, slow, gone] = membersOf(broadcaster, 3) as [FakeSocket, FakeSocket, FakeSocket];
  fast.bufferedAmount = 100;
  slow.bufferedAmount = 101;
  gone.readyState = 2;
  assert.deepEqual(broadcaster.broadcast('hi'), { delivered: 1, dropped: 2 });
  assert.equal(slow.closedWith?.code, 1013);
  assert.equal(gone.closedWith, undefined);
  assert.deepEqual(dropped, [slow, gone]);
  assert.equal(broadcaster.size, 1);
  assert.deepEqual(broadcaster.broadcast('hi'), { delivered: 1, dropped: 0 });
});

test('refuses a limit that is negative or no number', () => {
  assert.throws(() => new Broadcaster({ maxQueuedBytes: -1 }), RangeError);
  assert.throws(() => new Broadcaster({ maxQueuedBytes: NaN }), RangeError);
});

test('a broadcast from inside a broadcast comes second for everybody, and both count all', () => {
  const broadcaster = new Broadcaster();
  const sockets = membersOf(broadcaster, 5);
  let inner: unknown;
  sockets[2]!.onSend = () => {
    sockets[2]!.onSend = undefined;
    inner = broadcaster.broadcast('two');
  };
  assert.deepEqual(broadcaster.broadcast('one'), { delivered: 5, dropped: 0 });
  assert.deepEqual(inner, { delivered: 5, dropped: 0 });
  for (const socket of sockets) assert.deepEqual(socket.sent, ['one', 'two']);
});

test('who is added during a broadcast gets the next one first', () => {
  const broadcaster = new Broadcaster();
  const sockets = membersOf(broadcaster, 3);
  const late = new FakeSocket();
  sockets[1]!.onSend = () => broadcaster.add(late);
  assert.equal(broadcaster.broadcast('one').delivered, 3);
  assert.equal(broadcaster.broadcast('two').delivered, 4);
  assert.deepEqual(late.sent, ['two']);
});

test('who is removed during a broadcast, by a close say, is skipped; nobody else is', () => {
  const broadcaster = new Broadcaster();
  const sockets = membersOf(broadcaster, 4) as [FakeSocket, FakeSocket, FakeSocket, FakeSocket];
  sockets[1].onSend = () => {
    sockets[0].finishClose();
    sockets[2].finishClose();
  };
  assert.deepEqual(broadcaster.broadcast('one'), { delivered: 3, dropped: 0 });
  assert.deepEqual(sockets.map(({ sent }) => sent.length), [1, 1, 0, 1]);
});

test('random interruptions: every member sees one order, without holes', (t) => {
  const random = seededRandom(t);
  for (let script = 0; script < 300; script++) {
    let number = 0;
    const broadcaster = new Broadcaster({ maxQueuedBytes: 10 });
    const sockets: FakeSocket[] = [];
    const interrupt = () => {
      if (number > 60) return;
      const act = random.below(24);
      const victim = sockets[random.below(sockets.length + 1)];
      if (act === 0) broadcaster.broadcast(String(++number));
      else if (act === 1) arrive();
      else if (act === 2) victim?.finishClose();
      else if (act === 3 && victim !== undefined) victim.bufferedAmount = 11;
    };
    const arrive = () => {
      const socket = new FakeSocket();
      socket.onSend = interrupt;
      broadcaster.add(socket);
      sockets.push(socket);
    };
    for (let i = 0; i < 5; i++) arrive();
    for (let i = 0; i < 10; i++) broadcaster.broadcast(String(++number));
    for (const { sent, readyState } of sockets) {
      const first = Number(sent[0] ?? number + 1);
      assert.deepEqual(sent, Array.from({ length: sent.length }, (_, i) => String(first + i)));
      if (readyState === 1 && sent.length > 0) assert.equal(sent.at(-1), String(number));
    }
  }
});

test('§5.1 over real sockets: ten clients, one order', async () => {
  const broadcaster = new Broadcaster();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    broadcaster.add(socket);
    socket.on('message', (data) => broadcaster.broadcast(data.toString()));
  });
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 10 }, () => new WebSocket(`ws://127.0.0.1:${port}/`));
  await Promise.all(clients.map((client) => once(client, 'open')));
  assert.equal(broadcaster.size, 10);
  const seen = clients.map((client) => {
    const texts: string[] = [];
    return new Promise<string[]>((resolve) => {
      client.on('message', (data) => {
        if (texts.push(data.toString()) === 200) resolve(texts);
      });
    });
  });
  clients.forEach((client, i) => {
    for (let n = 0; n < 20; n++) client.send(`${i}/${n}`);
  });
  const orders = await Promise.all(seen);
  assert.equal(new Set(orders[0]).size, 200);
  for (const order of orders) assert.deepEqual(order, orders[0]);
  const closed = clients.map((client) => once(client, 'close'));
  for (const client of clients) client.close(1000);
  await Promise.all(closed);
  server.close();
  await once(server, 'close');
  assert.equal(broadcaster.size, 0);
});
