/**
 * Servers, clients and raw sockets for WebSocket tests, all gone when the test ends.
 *
 * Spec      -
 * Next      test/websocket/io/
 * Left out  TLS: testing/credentials.ts
 */
import { once } from 'node:events';
import * as net from 'node:net';
import type { TestContext } from 'node:test';
import { WebSocket, WebSocketServer } from '../src/websocket/index.ts';
import type { ClientOptions, WebSocketServerOptions } from '../src/websocket/index.ts';

/** A listening server and its address, ended with the test. */
export async function startServer(
  t: TestContext,
  options: Omit<WebSocketServerOptions, 'port' | 'server' | 'noServer'> = {},
): Promise<{ server: WebSocketServer; url: string; port: number }> {
  const server = new WebSocketServer({ host: '127.0.0.1', ...options, port: 0 });
  await once(server, 'listening');
  t.after(() => server.shutdown({ graceMs: 0 }));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { server, port: address.port, url: `ws://127.0.0.1:${address.port}/` };
}

/** A client, cut when the test ends if it is still there. */
export function startClient(
  t: TestContext,
  url: string,
  protocols: string | readonly string[] = [],
  options: ClientOptions = {},
): WebSocket {
  const client = new WebSocket(url, protocols, options);
  t.after(() => {
    client.on('error', () => {});
    client.terminate();
  });
  return client;
}

/** How a connection closed: its code and its reason. */
export function closeOf(socket: WebSocket): Promise<{ code: number; reason: string }> {
  // Not events.once: that listens to `error` too, and a test may be about nobody listening.
  return new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}

/** The next message of a connection as text. */
export async function textOf(socket: WebSocket): Promise<string> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return data.toString();
}

/** The request of a WebSocket client, as bytes for a raw socket; `lines` are added to it. */
export function upgradeRequest(lines: readonly string[] = []): string {
  return [
    'GET / HTTP/1.1',
    'Host: 127.0.0.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    ...lines,
    '',
    '',
  ].join('\r\n');
}

/** A TCP connection that sent these bytes, destroyed when the test ends. */
export async function openRaw(t: TestContext, port: number, bytes: string): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  return socket;
}

/** Everything that arrives on a socket until the peer ends it. */
export async function readToEnd(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks);
}

/** Sends a request; resolves with the whole answer, once the server has ended the connection. */
export async function answerTo(t: TestContext, port: number, request: string): Promise<string> {
  return (await readToEnd(await openRaw(t, port, request))).toString('latin1');
}

/** The head of the answer to a request that is accepted, and the socket, which stays open. */
export async function acceptedBy(
  t: TestContext,
  port: number,
  request: string = upgradeRequest(),
): Promise<{ head: string; raw: net.Socket }> {
  const raw = await openRaw(t, port, request);
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const [chunk] = (await once(raw, 'data')) as [Buffer];
    head += chunk.toString('latin1');
  }
  return { head, raw };
}
