/** socket.io on our server class, with its own client: straight, and from polling upwards. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from 'barewire/websocket';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import type { Socket } from 'socket.io-client';

async function startHost(t: TestContext) {
  const server = http.createServer();
  const host = new Server(server, { wsEngine: WebSocketServer, serveClient: false });
  t.after(() => host.close());
  host.on('connection', (socket) => {
    socket.on('echo', (data: unknown, answer: (data: unknown) => void) => answer(data));
    socket.on('join', async (room: string, answer: () => void) => {
      await socket.join(room);
      answer();
    });
    socket.on('say', (room: string, text: string) => host.to(room).emit('said', text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, url };
}

function connect(t: TestContext, url: string, transports: string[]): Socket {
  const socket = io(url, { transports, forceNew: true, reconnection: false });
  t.after(() => socket.disconnect());
  return socket;
}

/** An event of a client of socket.io. */
async function eventOf<T>(socket: Socket, name: string): Promise<T> {
  return await new Promise((resolve, reject) => {
    socket.once(name, resolve);
    socket.once('connect_error', reject);
  });
}

/** Texts, structures and bytes, each answered by the server. */
async function exchange(socket: Socket): Promise<void> {
  assert.equal(await socket.emitWithAck('echo', 'grüße 🎈'), 'grüße 🎈');
  const structure = { list: [1, 'two', null], deep: { yes: true } };
  assert.deepEqual(await socket.emitWithAck('echo', structure), structure);
  const bytes = randomBytes(70_000);
  const back = (await socket.emitWithAck('echo', { bytes })) as { bytes: Buffer };
  assert.ok(bytes.equals(back.bytes));
}

test('the websocket transport alone', async (t) => {
  const { host, url } = await startHost(t);
  const arrival = once(host, 'connection');
  const socket = connect(t, url, ['websocket']);
  await eventOf(socket, 'connect');
  assert.equal(socket.io.engine.transport.name, 'websocket');
  const [peer] = (await arrival) as [{ conn: { transport: { socket: unknown } } }];
  assert.ok(peer.conn.transport.socket instanceof WebSocket, 'it is ours, not its own');
  await exchange(socket);

  const other = connect(t, url, ['websocket']);
  await eventOf(other, 'connect');
  await socket.emitWithAck('join', 'room');
  await other.emitWithAck('join', 'room');
  const heard = [eventOf<string>(socket, 'said'), eventOf<string>(other, 'said')];
  socket.emit('say', 'room', 'to all of us');
  assert.deepEqual(await Promise.all(heard), ['to all of us', 'to all of us']);

  const gone = eventOf<string>(socket, 'disconnect');
  host.disconnectSockets(true);
  assert.match(await gone, /server disconnect|transport close/);
});

test('polling first, then upwards', async (t) => {
  const { url } = await startHost(t);
  const socket = connect(t, url, ['polling', 'websocket']);
  const upgraded = new Promise<string>((resolve) => {
    socket.io.once('open', () => {
      socket.io.engine.once('upgrade', (transport: { name: string }) => resolve(transport.name));
    });
  });
  await eventOf(socket, 'connect');
  assert.equal(await upgraded, 'websocket');
  await exchange(socket);
});
