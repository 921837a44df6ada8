/**
 * Servers that answer a handshake with bytes written by hand, and what clients make of them.
 *
 * Spec      -
 * Next      test/websocket/io/client.test.ts
 * Left out  servers that behave: testing/websocket-peers.ts
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { acceptKey, HandshakeError, WebSocket } from '../src/websocket/index.ts';

/** Gets the head of each request, and the socket to answer on. */
export type Answer = (request: string, socket: net.Socket) => void;

/** Where a server listens: a port of its own choice, or a local socket. */
export interface RawServerOptions {
  path?: string;
  tls?: tls.TlsOptions;
}

/** Starts a server that is gone with its sockets when the test ends; the answer is its port. */
export async function startRaw(
  t: TestContext,
  answer: Answer,
  options: RawServerOptions = {},
): Promise<number> {
  const sockets = new Set<net.Socket>();
  const serve = (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return;
      answer(request, socket);
      request = '';
    });
  };
  const server = options.tls ? tls.createServer(options.tls, serve) : net.createServer(serve);
  // A client that does not trust the server ends its connection, which is no error of the test.
  server.on('tlsClientError', () => {});
  server.listen(options.path === undefined ? { port: 0, host: '127.0.0.1' } : options);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The value of a header of a request, if it is there once. */
export function headerOf(request: string, name: string): string | undefined {
  const lines = request.split('\r\n').slice(1);
  const found = lines.filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return found.length === 1 ? found[0]!.slice(name.length + 1).trim() : undefined;
}

/** The 101 that fits a request; `lines` are added to it. */
export function accepting(request: string, lines: readonly string[] = []): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(headerOf(request, 'Sec-WebSocket-Key') ?? '')}`,
    ...lines,
    '',
    '',
  ].join('\r\n');
}

/** A response with a body. */
export function response(status: number, lines: readonly string[] = [], body = ''): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return [`HTTP/1.1 ${status} Whatever`, length, ...lines, '', body].join('\r\n');
}

/** The error of a client that cannot connect; checks that `close` comes after it, and once. */
export async function errorOf(client: WebSocket): Promise<Error & { code?: string }> {
  const events: string[] = [];
  const failure = new Promise<Error>((resolve) => {
    client.on('error', (error) => {
      events.push('error');
      resolve(error);
    });
  });
  const closed = new Promise<number>((resolve) => {
    client.on('close', (code) => {
      events.push('close');
      resolve(code);
    });
  });
  client.on('open', () => events.push('open'));
  const error = await failure;
  assert.equal(await closed, 1006);
  assert.equal(client.readyState, WebSocket.CLOSED);
  assert.deepEqual(events, ['error', 'close']);
  return error;
}

/** The same for errors that have to be a HandshakeError. */
export async function failureOf(client: WebSocket): Promise<HandshakeError> {
  const error = await errorOf(client);
  assert.ok(error instanceof HandshakeError, String(error));
  return error;
}
