/**
 * A raw end that means harm, and our server or client at the other end, to which nobody listens.
 *
 * Spec      RFC 6455 §5.2 the frames, sent and read by testing/conformance-peer.ts
 * Next      test/websocket/advisories/ - what others fell to
 * Left out  echoes and listeners for `error`: our end is used by the most careless of programs
 */
import { once } from 'node:events';
import * as net from 'node:net';
import type { TestContext } from 'node:test';
import { encodeFrame, Opcode } from '../src/websocket/index.ts';
import type { ConnectionOptions, Role, WebSocket } from '../src/websocket/index.ts';
import { Peer, readHead } from './conformance-peer.ts';
import { accepting } from './raw-servers.ts';
import { closeOf, openRaw, startClient, startServer, upgradeRequest } from './websocket-peers.ts';

/** A connection as an attacker has it. */
export interface Hostile {
  raw: net.Socket;
  /** Our end. Without a single listener, but for one of `close`. */
  victim: WebSocket;
  closed: Promise<{ code: number; reason: string }>;
  /** The head that our end has sent: a 101, or a request. */
  head: string;
  /** What came behind the head in the same chunk. */
  rest: Buffer;
}

/** How the two are connected. */
export interface HostileOptions extends ConnectionOptions {
  /** Header lines that the attacker adds to its request or to its 101. */
  lines?: readonly string[];
  /** Bytes that it sends in one write with its head. */
  early?: Buffer;
}

/** Connects an attacker with our server or our client. */
export async function connectHostile(
  t: TestContext,
  ourRole: Role,
  options: HostileOptions = {},
): Promise<Hostile> {
  return ourRole === 'server' ? await attackServer(t, options) : await attackClient(t, options);
}

/** The same, with a peer that speaks frames. */
export async function connectHostilePeer(
  t: TestContext,
  ourRole: Role,
  options: HostileOptions = {},
): Promise<Hostile & { peer: Peer }> {
  const hostile = await connectHostile(t, ourRole, options);
  return { ...hostile, peer: new Peer(hostile.raw, ourRole, hostile.rest) };
}

async function attackServer(t: TestContext, options: HostileOptions): Promise<Hostile> {
  const { lines = [], early, ...rest } = options;
  const { server, port } = await startServer(t, rest);
  const accepted = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const request = Buffer.from(upgradeRequest(lines), 'latin1');
  const bytes = early === undefined ? request : Buffer.concat([request, early]);
  const raw = await openRaw(t, port, bytes.toString('latin1'));
  const victim = await accepted;
  const closed = closeOf(victim);
  return { raw, victim, closed, ...(await readHead(raw)) };
}

async function attackClient(t: TestContext, options: HostileOptions): Promise<Hostile> {
  const { lines = [], early = Buffer.alloc(0), ...rest } = options;
  const { port, connection } = await listenRaw(t);
  const victim = startClient(t, `ws://127.0.0.1:${port}/`, [], rest);
  const opened = new Promise<boolean>((resolve) => victim.once('open', () => resolve(true)));
  const closed = closeOf(victim);
  const raw = await connection;
  const request = await readHead(raw);
  raw.write(Buffer.concat([Buffer.from(accepting(request.head, lines), 'latin1'), early]));
  const isOpen = await Promise.race([opened, closed.then(() => false)]);
  if (!isOpen) throw new Error('our client refuses the handshake');
  return { raw, victim, closed, ...request };
}

/** A server that takes one connection and leaves it to the test. */
export async function listenRaw(
  t: TestContext,
): Promise<{ port: number; connection: Promise<net.Socket> }> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const connection = once(listener, 'connection').then(([socket]: net.Socket[]) => {
    t.after(() => socket!.destroy());
    socket!.on('error', () => {});
    return socket!;
  });
  return { port: (listener.address() as net.AddressInfo).port, connection };
}

/** A frame for our end, whichever its role: masked, by a key that changes nothing, or not. */
export function hostileFrame(
  ourRole: Role,
  opcode: number,
  payload: string | Uint8Array = '',
  { fin = true, rsv1 = false }: { fin?: boolean; rsv1?: boolean } = {},
): Buffer {
  const key = ourRole === 'server' ? { maskingKey: 0 } : {};
  const bytes = encodeFrame({
    opcode: opcode as Opcode,
    payload: Buffer.from(payload),
    fin,
    ...key,
  });
  if (rsv1) bytes[0]! |= 0b0100_0000;
  return bytes;
}
