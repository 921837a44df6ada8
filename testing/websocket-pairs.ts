/**
 * Connections for tests of what happens on them: over sockets or in memory, and what they tell.
 *
 * Spec      -
 * Next      test/websocket/io/
 * Left out  the handshake and refusals: websocket-peers.ts
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createPair, encodeFrame, Opcode } from '../src/websocket/index.ts';
import type { ClientOptions, WebSocket, WebSocketServerOptions } from '../src/websocket/index.ts';
import { acceptedBy, startClient, startServer } from './websocket-peers.ts';

type ServerOptions = Omit<WebSocketServerOptions, 'port' | 'server' | 'noServer'>;

const maskingKey = 0x01020304;

/** A frame as a client sends it; text by default. */
export function clientFrame(
  payload: string | Buffer,
  opcode: Opcode = Opcode.text,
  fin = true,
): Buffer {
  return encodeFrame({ opcode, payload: Buffer.from(payload), maskingKey, fin });
}

/** A close frame with this code, as a client sends it. */
export function clientClose(code = 1000): Buffer {
  return clientFrame(Buffer.from([code >> 8, code & 0xff]), Opcode.close);
}

/** A client and its connection on the server, over TCP. */
export async function connect(
  t: TestContext,
  serverOptions: ServerOptions = {},
  clientOptions: ClientOptions = {},
): Promise<{ client: WebSocket; server: WebSocket }> {
  const { server, url } = await startServer(t, serverOptions);
  const client = startClient(t, url, [], clientOptions);
  const [[accepted]] = await Promise.all([
    once(server, 'connection') as Promise<[WebSocket]>,
    once(client, 'open'),
  ]);
  return { client, server: accepted };
}

/** A connection on a server whose peer is a raw socket that has read the 101. */
export async function connectRaw(
  t: TestContext,
  options: ServerOptions = {},
): Promise<{ socket: WebSocket; raw: Socket }> {
  const { server, port } = await startServer(t, options);
  const [[socket], { raw }] = await Promise.all([
    once(server, 'connection') as Promise<[WebSocket]>,
    acceptedBy(t, port),
  ]);
  return { socket, raw };
}

/** Two ends in memory, cut when the test ends. */
export function pairFor(
  t: TestContext,
  options?: Parameters<typeof createPair>[0],
): [client: WebSocket, server: WebSocket] {
  const pair = createPair(options);
  t.after(() => pair.forEach((end) => end.terminate()));
  return pair;
}

/** What a connection tells from now on, a line for each: `message one`, `close 1000 bye`. */
export function record(socket: WebSocket, ...events: string[]): string[] {
  const told: string[] = [];
  const wants = (event: string) => events.length === 0 || events.includes(event);
  if (wants('message')) socket.on('message', (data) => void told.push(`message ${data}`));
  if (wants('ping')) socket.on('ping', (data) => void told.push(`ping ${data}`));
  if (wants('pong')) socket.on('pong', (data) => void told.push(`pong ${data}`));
  if (wants('error')) socket.on('error', (error) => void told.push(`error ${error.message}`));
  if (wants('close')) {
    socket.on('close', (code, reason) => void told.push(`close ${code} ${reason}`.trimEnd()));
  }
  return told;
}

/** Resolves after this many turns of the event loop: all that is due by then has happened. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves as soon as `condition` holds, looked at once a turn. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turns();
}
