import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ChatService } from '../../../src/chat/io/chat-service.ts';
import { chatSubprotocol, ChatErrorCode } from '../../../src/chat/protocol.ts';
import { WebSocket, WebSocketServer } from '../../../src/websocket/index.ts';
import { FakeSocket } from '../../../testing/fake-socket.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';

/** A service on a clock that moves a second with each reading, so that nobody is too fast. */
function unhurried(options = {}): ChatService {
  let nowMs = Date.parse('2026-01-02T03:04:05.000Z');
  return new ChatService({ now: () => new Date((nowMs += 1000)), ...options });
}

function connect(service: ChatService): FakeSocket {
  const socket = new FakeSocket();
  service.accept(socket);
  return socket;
}

function send(socket: FakeSocket, value: unknown): void {
  socket.receive(JSON.stringify(value));
}

/** Sockets that have joined a room under these names, with nothing left unread. */
function join(service: ChatService, room: string, names: string[]): FakeSocket[] {
  const sockets = names.map((name) => {
    const socket = connect(service);
    send(socket, { type: 'join', room, name });
    return socket;
  });
  for (const socket of sockets) socket.take();
  return sockets;
}

test('a conversation of two', () => {
  const service = unhurried();
  const [ann, bob] = [connect(service), connect(service)];
  send(ann, { type: 'join', room: 'lobby', name: 'ann' });
  assert.deepEqual(ann.take(), [
    { type: 'joined', room: 'lobby', name: 'ann', members: ['ann'], history: [] },
  ]);
  send(ann, { type: 'say', id: 'a1', text: 'hello' });
  const hello = {
    type: 'message',
    room: 'lobby',
    offset: 1,
    from: 'ann',
    text: 'hello',
    at: '2026-01-02T03:04:07.000Z',
  };
  assert.deepEqual(ann.take(), [hello, { type: 'ack', id: 'a1', offset: 1 }]);
  send(bob, { type: 'join', room: 'lobby', name: 'bob' });
  assert.deepEqual(bob.take(), [
    { type: 'joined', room: 'lobby', name: 'bob', members: ['ann', 'bob'], history: [hello] },
  ]);
  assert.deepEqual(ann.take(), [{ type: 'member', name: 'bob', action: 'join' }]);
  bob.finishClose();
  assert.deepEqual(ann.take(), [{ type: 'member', name: 'bob', action: 'leave' }]);
});

test('a message to many is one frame', () => {
  const service = unhurried();
  const sockets = join(service, 'r', ['a', 'b', 'c']);
  send(sockets[0]!, { type: 'say', id: 1, text: 'hi' });
  assert.equal(new Set(sockets.map(({ handedOver }) => handedOver[0])).size, 1);
});

test('rooms do not hear each other', () => {
  const service = unhurried();
  const [ann] = join(service, '__proto__', ['ann']) as [FakeSocket];
  const [bob] = join(service, 'constructor', ['bob']) as [FakeSocket];
  send(ann, { type: 'say', id: 1, text: 'hi' });
  assert.deepEqual(bob.take(), []);
  send(ann, { type: 'join', room: 'constructor', name: 'ann' });
  assert.deepEqual(bob.take(), [{ type: 'member', name: 'ann', action: 'join' }]);
  send(bob, { type: 'say', id: 1, text: 'hi' });
  assert.deepEqual(ann.take().map(({ type }) => type), ['message', 'ack', 'joined', 'message']);
});

test('a slow member is closed with 1013 and has left at once; its name is free', () => {
  const service = unhurried({ maxQueuedBytes: 1000 });
  const [ann, bob, cid] = join(service, 'r', ['ann', 'bob', 'cid']) as FakeSocket[];
  bob!.bufferedAmount = 1001;
  send(ann!, { type: 'say', id: 1, text: 'hi' });
  assert.equal(bob!.closedWith?.code, 1013);
  assert.deepEqual(ann!.take().map(({ type }) => type), ['message', 'ack', 'member']);
  assert.deepEqual(cid!.take().map(({ type }) => type), ['message', 'member']);
  send(bob!, { type: 'say', id: 2, text: 'from the closing one' });
  bob!.finishClose();
  assert.deepEqual(ann!.take(), []);
  const [again] = join(service, 'r', ['bob']);
  assert.equal(again?.readyState, 1);
  assert.deepEqual(ann!.take(), [{ type: 'member', name: 'bob', action: 'join' }]);
});

test('who floods without reading the errors is closed as well', () => {
  const service = unhurried({ maxQueuedBytes: 1000 });
  const socket = connect(service);
  socket.bufferedAmount = 1001;
  socket.receive('garbage');
  assert.equal(socket.closedWith?.code, 1013);
  socket.receive('garbage');
  assert.deepEqual(socket.sent, []);
});

test('a socket that closes while it is being told leaves after what is being told', () => {
  const service = unhurried();
  const [ann, bob, cid] = join(service, 'r', ['ann', 'bob', 'cid']) as FakeSocket[];
  ann!.onSend = () => {
    ann!.onSend = undefined;
    bob!.finishClose();
    send(cid!, { type: 'say', id: 2, text: 'two' });
  };
  send(cid!, { type: 'say', id: 1, text: 'one' });
  const short = (socket: FakeSocket) =>
    socket.take().map((message) => message['text'] ?? message['action'] ?? message['type']);
  assert.deepEqual(short(ann!), ['one', 'leave', 'two']);
  assert.deepEqual(short(cid!), ['one', 'ack', 'leave', 'two', 'ack']);
});

test('a newcomer that vanishes during its welcome has left for everybody', () => {
  const service = unhurried();
  const [ann] = join(service, 'r', ['ann']) as [FakeSocket];
  const bob = connect(service);
  bob.onSend = () => bob.finishClose();
  send(bob, { type: 'join', room: 'r', name: 'bob' });
  assert.deepEqual(ann.take().map(({ action }) => action), ['join', 'leave']);
  const [next] = join(service, 'r', ['cid']) as [FakeSocket];
  assert.equal(next.readyState, 1);
});

test('an error of the socket does not throw', () => {
  const socket = connect(unhurried());
  socket.emit('error', new Error('reset'));
});

test('limits reach the chat; bad ones are refused', () => {
  assert.throws(() => new ChatService({ maxRooms: 0 }), RangeError);
  const service = unhurried({ maxMembersPerRoom: 1 });
  join(service, 'r', ['ann']);
  const bob = connect(service);
  send(bob, { type: 'join', room: 'r', name: 'bob' });
  assert.equal(bob.take()[0]?.['code'], 'room-full');
});

test('garbage gets errors, and the room is unharmed', (t) => {
  const random = seededRandom(t);
  const service = unhurried();
  const [ann, bad] = join(service, 'r', ['ann', 'bad']) as [FakeSocket, FakeSocket];
  const codes = new Set<unknown>(Object.values(ChatErrorCode));
  const pieces = ['{', '}', '[', ']', ',', ':', '"', '"type"', '"say"', '"id"', '1', '"text"'];
  for (let i = 0; i < 3000; i++) {
    const length = 1 + random.below(12);
    const text = Array.from({ length }, () => random.pick(pieces)).join('');
    if (random.below(4) === 0) bad.receive(random.bytes(length), random.below(2) === 0);
    else bad.receive(text);
  }
  const answers = bad.take();
  assert.equal(answers.length, 3000);
  for (const { type, code } of answers) assert.ok(type === 'error' && codes.has(code));
  assert.deepEqual(ann.take(), []);
  assert.equal(bad.readyState, 1);
  send(bad, { type: 'say', id: 1, text: 'sorry' });
  assert.deepEqual(ann.take().map(({ offset, text }) => [offset, text]), [[1, 'sorry']]);
});

test('barewire.chat.v1 over real sockets: two talk, one leaves without a word', async () => {
  const service = new ChatService();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => service.accept(socket));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, chatSubprotocol);
    const seen: Record<string, unknown>[] = [];
    socket.on('message', (data) => seen.push(JSON.parse(data.toString())));
    await once(socket, 'open');
    const until = async (type: string) => {
      while (seen.at(-1)?.['type'] !== type) await once(socket, 'message');
    };
    return { socket, seen, until, send: (value: unknown) => socket.send(JSON.stringify(value)) };
  };
  const ann = await open();
  assert.equal(ann.socket.protocol, chatSubprotocol);
  ann.send({ type: 'join', room: 'lobby', name: 'ann' });
  await ann.until('joined');
  const bob = await open();
  bob.send({ type: 'join', room: 'lobby', name: 'bob' });
  await bob.until('joined');
  bob.send({ type: 'say', id: 'x', text: 'Grüße, 世界 😀' });
  await bob.until('ack');
  await ann.until('message');
  assert.deepEqual(ann.seen.map(({ type }) => type), ['joined', 'member', 'message']);
  assert.equal(ann.seen[2]?.['text'], 'Grüße, 世界 😀');
  assert.deepEqual(bob.seen[1], ann.seen[2]);
  bob.socket.terminate();
  await ann.until('member');
  assert.deepEqual(ann.seen.at(-1), { type: 'member', name: 'bob', action: 'leave' });
  ann.socket.close();
  await once(ann.socket, 'close');
  server.close();
  await once(server, 'close');
});

test('§7.4.1 a real member that stops reading is closed, the others go on', async () => {
  const service = new ChatService({ maxQueuedBytes: 64 * 1024, messagesPerSecond: 100_000 });
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const accepted: WebSocket[] = [];
  server.on('connection', (socket) => {
    accepted.push(socket);
    service.accept(socket);
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [fast, slow] = ['fast', 'slow'].map(() => new WebSocket(`ws://127.0.0.1:${port}/`));
  assert.ok(fast !== undefined && slow !== undefined);
  await Promise.all([once(fast, 'open'), once(slow, 'open')]);
  for (const [name, socket] of Object.entries({ fast, slow })) {
    socket.send(JSON.stringify({ type: 'join', room: 'r', name }));
    await once(socket, 'message');
  }
  slow.pause();
  const text = 'x'.repeat(4096);
  const offsets: number[] = [];
  let id = 0;
  await new Promise<void>((resolve) => {
    fast.on('message', (data) => {
      const message = JSON.parse(data.toString());
      if (message.type === 'message') offsets.push(message.offset);
      if (message.type === 'member' && message.action === 'leave') resolve();
      if (message.type === 'ack') fast.send(JSON.stringify({ type: 'say', id: ++id, text }));
    });
    fast.send(JSON.stringify({ type: 'say', id, text }));
  });
  assert.deepEqual(offsets, Array.from({ length: offsets.length }, (_, i) => i + 1));
  const held = accepted[1]!;
  assert.equal(held.readyState, WebSocket.CLOSING);
  assert.ok(held.bufferedAmount < 64 * 1024 + 2 * 8192, `${held.bufferedAmount} bytes held`);
  const closed = once(slow, 'close');
  // What nobody listens to would wait for a reader, and the close frame behind it.
  slow.on('message', () => {});
  slow.resume();
  assert.equal((await closed)[0], 1013);
  fast.close();
  await once(fast, 'close');
  server.close();
  await once(server, 'close');
});
