import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { acceptKey, encodeFrame, Opcode, WebSocket } from '../../../src/websocket/index.ts';
import type { WebSocketServer } from '../../../src/websocket/index.ts';
import { clientClose, clientFrame, turns, until } from '../../../testing/websocket-pairs.ts';
import { acceptedBy, startServer, upgradeRequest } from '../../../testing/websocket-peers.ts';

// Nobody listens to anything here: whatever were thrown or emitted would end the process.

/** Sockets and timers that keep the process alive. */
const resources = () =>
  process.getActiveResourcesInfo().filter((name) => /^(TCPSocketWrap|Timeout)$/.test(name)).length;

const frames = Buffer.concat([
  clientFrame('text', Opcode.text, false),
  clientFrame('', Opcode.ping),
  clientFrame('x'.repeat(200), Opcode.continuation),
  clientClose(1000),
]);

/** Sends the first bytes and resets, on so many connections at a time. */
async function resetAfter(socket: net.Socket, bytes: Buffer): Promise<void> {
  socket.on('error', () => {});
  if (bytes.length > 0) await new Promise((resolve) => socket.write(bytes, resolve));
  await turns(1);
  const closed = once(socket, 'close');
  socket.resetAndDestroy();
  await closed;
}

async function inParallel(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

async function noConnectionsLeft(server: WebSocketServer): Promise<void> {
  await until(() => server.clients.size === 0);
}

test('a reset at every byte of the request leaves nothing behind', async (t) => {
  const { server, port } = await startServer(t);
  const before = resources();
  const request = Buffer.from(upgradeRequest());
  await inParallel(request.length + 1, async (length) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    await resetAfter(socket, request.subarray(0, length));
  });
  await noConnectionsLeft(server);
  await until(() => resources() === before);
});

for (const [name, prepare] of [
  ['read', () => {}],
  ['not read', (socket: WebSocket) => socket.pause()],
] as const) {
  test(`a reset at every byte of frames that are ${name} leaves nothing behind`, async (t) => {
    const { server, port } = await startServer(t);
    const before = resources();
    server.on('connection', prepare);
    await inParallel(frames.length + 1, async (length) => {
      const { raw } = await acceptedBy(t, port);
      await resetAfter(raw, frames.subarray(0, length));
    });
    // Behind bytes that are not read, some versions of Node tell of the reset only when they are.
    for (const socket of server.clients) socket.resume();
    await noConnectionsLeft(server);
    await until(() => resources() === before);
  });
}

test('a reset at every byte that a client is answered leaves nothing behind', async (t) => {
  t.mock.method(process, 'emitWarning', () => {});
  const peer = await startAnswering(t);
  const before = resources();
  const states = new Set<number>();
  await inParallel(peer.answerLength + 1, async () => {
    const client = new WebSocket(peer.url);
    await until(() => client.readyState === WebSocket.CLOSED);
    states.add(client.outcome?.code ?? 0);
  });
  assert.deepEqual([...states].sort(), [1000, 1006]);
  await until(() => resources() === before);
});

test('a client that is cut while it sends tells each callback', async (t) => {
  const { server, url } = await startServer(t);
  const client = new WebSocket(url);
  const [[socket]] = await Promise.all([
    once(server, 'connection') as Promise<[WebSocket]>,
    once(client, 'open'),
  ]);
  socket.pause();
  let told = 0;
  const count = 14;
  for (let i = 0; i < count; i++) client.send(Buffer.alloc(1024 * 1024), () => void told++);
  await turns(20);
  (socket._socket as net.Socket).resetAndDestroy();
  await until(() => client.readyState === WebSocket.CLOSED && told === count);
  assert.equal(client.outcome?.code, 1006);
  assert.equal(await client.drained(), false);
});

/** A server that answers the n-th connection with n bytes of what it should, and resets. */
async function startAnswering(t: TestContext): Promise<{ url: string; answerLength: number }> {
  const answerTo = (key: string) =>
    Buffer.concat([
      Buffer.from(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
          `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
      ),
      encodeFrame({ opcode: Opcode.text, payload: Buffer.from('text') }),
      encodeFrame({ opcode: Opcode.close, payload: Buffer.from([1000 >> 8, 1000 & 0xff]) }),
    ]);
  let connections = 0;
  const server = net.createServer((socket) => {
    const length = connections++;
    socket.once('data', (request) => {
      const key = /^sec-websocket-key: (.*)\r$/im.exec(request.toString())?.[1] ?? '';
      void resetAfter(socket, answerTo(key).subarray(0, length));
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  const { port } = server.address() as net.AddressInfo;
  const answerLength = answerTo('dGhlIHNhbXBsZSBub25jZQ==').length;
  return { url: `ws://127.0.0.1:${port}/`, answerLength };
}
