/**
 * The other end of a connection, made by hand: a raw socket that sends any frame, allowed or not,
 * to our server or our client, and writes down what comes back.
 *
 * Spec      RFC 6455 §5.2 the frames, read with the plain `decodeFrame`
 * Next      test/websocket/conformance/ - tables of cases, each for both roles
 * Left out  opening handshakes that fail: test/websocket/conformance/handshake.test.ts
 *
 *   role 'server'   our WebSocketServer echoes; the peer is a raw client, which masks
 *   role 'client'   our WebSocket echoes; the peer is a raw server, which does not
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as net from 'node:net';
import type { TestContext } from 'node:test';
import { acceptKey, decodeFrame, encodeFrame, Opcode } from '../src/websocket/index.ts';
import type { Role, WebSocket, WebSocketServerOptions } from '../src/websocket/index.ts';
import { headerBytes } from '../src/websocket/frame.ts';
import { hex } from './splits.ts';
import { openRaw, startClient, startServer, upgradeRequest } from './websocket-peers.ts';

export const roles: readonly Role[] = ['server', 'client'];

/** A frame to send, or one that is expected. `raw` stands for all else: bytes of a header. */
export interface PeerFrame {
  opcode: number;
  payload: Buffer;
  fin?: boolean;
  /** The three RSV bits as a number, 0 to 7. */
  rsv?: number;
  /** Masked where it must not be, or not masked where it must. */
  wrongMask?: boolean;
  /** First two bytes and length of a header, as for an unmasked frame; nothing follows. */
  raw?: Buffer;
}

/** Frames that are sent in one write; in writes of `every` bytes; without their last `less`. */
export interface Cut {
  frames: readonly PeerFrame[];
  every?: number;
  less?: number;
}

/** One conversation; see `converse`. */
export interface ConformanceCase {
  name: string;
  /** What the peer sends, one write after the other. */
  chops: readonly (PeerFrame | Cut)[];
  want: {
    /** What comes back before the close frame. */
    frames: readonly PeerFrame[];
    /** The code of the close frame that comes back; default 1000. 'none': it has no body. */
    close?: number | 'none';
    /** Why our end fails the connection. Default: it does not. */
    error?: string;
  };
}

const frameOf =
  (opcode: number) =>
  (payload: string | Uint8Array = ''): PeerFrame => ({ opcode, payload: Buffer.from(payload) });
export const continuation = frameOf(Opcode.continuation);
export const text = frameOf(Opcode.text);
export const binary = frameOf(Opcode.binary);
export const ping = frameOf(Opcode.ping);
export const pong = frameOf(Opcode.pong);
export const closeBody = frameOf(Opcode.close);
export const reserved = (opcode: number, payload = ''): PeerFrame => frameOf(opcode)(payload);
export const begin = (frame: PeerFrame): PeerFrame => ({ ...frame, fin: false });
export const rawHeader = (bytes: string): PeerFrame => ({ ...text(), raw: hex(bytes) });

/** A close frame with a code. */
export function close(code: number, reason: string | Uint8Array = ''): PeerFrame {
  const body = Buffer.from([code >> 8, code & 0xff]);
  return closeBody(Buffer.concat([body, Buffer.from(reason)]));
}

/** A message in frames of at most `size` bytes. */
export function fragments(message: PeerFrame, size: number): PeerFrame[] {
  const frames: PeerFrame[] = [];
  for (let at = 0; at === 0 || at < message.payload.length; at += size) {
    const payload = message.payload.subarray(at, at + size);
    const opcode = at === 0 ? message.opcode : Opcode.continuation;
    frames.push({ opcode, payload, fin: at + size >= message.payload.length });
  }
  return frames;
}

/** A connection between a raw socket and our end, which echoes messages. */
export interface Connected {
  peer: Peer;
  /** What our end says of extensions: the answer of a server, the offer of a client. */
  extensions: string | undefined;
  /** Our end. */
  subject: WebSocket;
  /** How our end told that it is over. */
  closed: Promise<{ code: number; reason: string; error: string | undefined }>;
}

/** The raw end of a connection. */
export class Peer {
  /** The frames that came. */
  readonly received: PeerFrame[] = [];
  /** The masking keys of those of a client. */
  readonly maskingKeys: number[] = [];
  /** Whether our end cut the transport where it should have ended it. */
  reset = false;
  /** Resolves when the transport is gone, with the bytes of a frame that was cut. */
  readonly ended: Promise<number>;
  readonly #socket: net.Socket;
  readonly #role: Role;
  /** Whether RSV1 means something: that a message is compressed. */
  readonly #deflates: boolean;
  #maskingKey = 0x37fa213d;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #wantedBytes = 2;
  #endsAfterClose = false;

  constructor(socket: net.Socket, ourRole: Role, head: Buffer, deflates = false) {
    this.#socket = socket;
    this.#deflates = deflates;
    this.#role = ourRole;
    this.ended = new Promise((resolve) => {
      socket.once('close', () => resolve(this.#pendingBytes));
    });
    socket.setNoDelay(true);
    socket.on('error', () => (this.reset = true));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    if (head.length > 0) this.#receive(head);
  }

  /** Writes bytes, and lets them arrive alone if the operating system is willing. */
  async write(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()));
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Sends one frame, or several in the way that the cut says. */
  async send(chop: PeerFrame | Cut): Promise<void> {
    const { frames, every, less = 0 } = 'frames' in chop ? chop : { frames: [chop] };
    const all = Buffer.concat(frames.map((frame) => this.#encode(frame)));
    const bytes = all.subarray(0, all.length - less);
    for (let at = 0; at < bytes.length; at += every ?? bytes.length) {
      await this.write(bytes.subarray(at, at + (every ?? bytes.length)));
    }
  }

  /** Waits for this many frames. */
  async frames(count: number): Promise<void> {
    while (this.received.length < count) await once(this.#socket, 'data');
  }

  /** A raw server ends the transport once it has read a close frame (RFC 6455 §7.1.1). */
  endAfterClose(): void {
    this.#endsAfterClose = true;
    this.#endIfClosed();
  }

  /** Cuts the transport as a lost network would: without a close frame. */
  cut(): void {
    this.#socket.destroy();
  }

  #encode(frame: PeerFrame): Buffer {
    this.#maskingKey = (this.#maskingKey + 0x9e3779b9) >>> 0;
    const masked = (this.#role === 'server') !== (frame.wrongMask ?? false);
    const key = masked ? { maskingKey: this.#maskingKey } : {};
    if (frame.raw !== undefined) {
      const header = Buffer.from(frame.raw);
      if (masked) header[1]! |= 0b1000_0000;
      return masked ? Buffer.concat([header, Buffer.alloc(4)]) : header;
    }
    const { fin = true, payload } = frame;
    const bytes = encodeFrame({ opcode: frame.opcode as Opcode, payload, fin, ...key });
    bytes[0]! |= (frame.rsv ?? 0) << 4;
    return bytes;
  }

  #receive(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#wantedBytes) return;
    let bytes = Buffer.concat(this.#pending);
    for (let read = decodeFrame(bytes); read !== undefined; read = decodeFrame(bytes)) {
      this.#take(read.frame, read.bytesRead);
      bytes = bytes.subarray(read.bytesRead);
    }
    this.#pending = bytes.length > 0 ? [bytes] : [];
    this.#pendingBytes = bytes.length;
    this.#wantedBytes = announcedBytes(bytes);
  }

  #take(frame: NonNullable<ReturnType<typeof decodeFrame>>['frame'], bytesRead: number): void {
    const { fin, opcode, payload, maskingKey, rsv1, rsv2, rsv3 } = frame;
    const masked = maskingKey !== undefined;
    // What holds for every frame that our end sends (RFC 6455 §5.1, §5.2).
    assert.equal(masked, this.#role === 'client', 'only a client masks');
    assert.deepEqual([rsv1 && !this.#deflates, rsv2, rsv3], [false, false, false], 'no RSV bit');
    assert.equal(bytesRead, headerBytes(payload.length, masked) + payload.length, 'shortest form');
    if (masked) this.maskingKeys.push(maskingKey);
    this.received.push({ opcode, payload, fin, ...(rsv1 ? { rsv: 4 } : {}) });
    this.#endIfClosed();
  }

  #endIfClosed(): void {
    if (this.#role !== 'client' || !this.#endsAfterClose) return;
    if (this.received.some(({ opcode }) => opcode === Opcode.close)) this.#socket.end();
  }
}

/** How many bytes the frame at the start of `bytes` needs; 14 while that is not known. */
function announcedBytes(bytes: Buffer): number {
  if (bytes.length < 14) return Math.min(14, bytes.length + 1);
  const length = bytes[1]! & 0b0111_1111;
  const longer = length === 127 ? bytes.readUInt32BE(6) : bytes.readUInt16BE(2);
  const payload = length < 126 ? length : longer;
  return headerBytes(payload, (bytes[1]! & 0b1000_0000) !== 0) + payload;
}

/** How our end is set up, and what the peer says of extensions: its offer, or its answer. */
export type ConnectOptions = Pick<
  WebSocketServerOptions,
  'maxPayload' | 'closeTimeout' | 'perMessageDeflate'
> & { extensions?: string };

/** Connects a raw peer with our server or our client, which echoes what comes. */
export async function connectPeer(
  t: TestContext,
  ourRole: Role,
  options: ConnectOptions = {},
): Promise<Connected> {
  return ourRole === 'server' ? await asClient(t, options) : await asServer(t, options);
}

function extensionLines(extensions: string | undefined): string[] {
  return extensions === undefined ? [] : [`Sec-WebSocket-Extensions: ${extensions}`];
}

async function asClient(t: TestContext, options: ConnectOptions): Promise<Connected> {
  const { extensions, ...ours } = options;
  const { server, port } = await startServer(t, ours);
  const accepted = new Promise<Omit<Connected, 'peer' | 'extensions'>>((resolve) => {
    server.once('connection', (socket) => resolve(echo(socket)));
  });
  const socket = await openRaw(t, port, upgradeRequest(extensionLines(extensions)));
  const { head, rest } = await readHead(socket);
  const answer = /^Sec-WebSocket-Extensions: (.*)$/im.exec(head)?.[1];
  const peer = new Peer(socket, 'server', rest, answer !== undefined);
  return { peer, extensions: answer, ...(await accepted) };
}

async function asServer(t: TestContext, options: ConnectOptions): Promise<Connected> {
  const { extensions, ...ours } = options;
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as net.AddressInfo;
  const connection = once(listener, 'connection') as Promise<[net.Socket]>;
  const subject = startClient(t, `ws://127.0.0.1:${port}/`, [], ours);
  const echoing = echo(subject);
  const [socket] = await connection;
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  const { head, rest } = await readHead(socket);
  const key = /^Sec-WebSocket-Key: (\S+)$/im.exec(head)?.[1] ?? '';
  const peer = new Peer(socket, 'client', rest, extensions !== undefined);
  const opened = once(subject, 'open');
  const lines = [`Sec-WebSocket-Accept: ${acceptKey(key)}`, ...extensionLines(extensions)];
  socket.write(upgradeResponse(lines));
  await opened;
  const offer = /^Sec-WebSocket-Extensions: (.*)$/im.exec(head)?.[1];
  return { peer, extensions: offer, ...echoing };
}

/** The 101 of a server, with these lines added. */
export function upgradeResponse(lines: readonly string[]): string {
  const first = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return [...first, ...lines, '', ''].join('\r\n');
}

/** Reads an HTTP head from a socket; `rest` is what came with it. */
export async function readHead(socket: net.Socket): Promise<{ head: string; rest: Buffer }> {
  let bytes = Buffer.alloc(0);
  for (let end = -1; end < 0; end = bytes.indexOf('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
  }
  const end = bytes.indexOf('\r\n\r\n') + 4;
  return { head: bytes.subarray(0, end).toString('latin1'), rest: bytes.subarray(end) };
}

function echo(subject: WebSocket): Omit<Connected, 'peer' | 'extensions'> {
  let failure: string | undefined;
  subject.on('message', (data, isBinary) => subject.send(data, { binary: isBinary }));
  subject.on('error', (error: Error & { code?: string }) => (failure = error.code));
  const closed = new Promise<{ code: number; reason: string; error: string | undefined }>(
    (resolve) => {
      subject.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString(), error: failure });
      });
    },
  );
  return { subject, closed };
}

/**
 * Plays one case against our server or client and compares all that comes back. A connection that
 * is to survive is closed by the peer with 1000 in the end, unless the case has closed it.
 */
export async function converse(
  t: TestContext,
  ourRole: Role,
  { chops, want }: Pick<ConformanceCase, 'chops' | 'want'>,
  options: ConnectOptions = {},
): Promise<void> {
  const { peer, closed } = await connectPeer(t, ourRole, options);
  for (const chop of chops) await peer.send(chop);
  const sent = chops.flatMap((chop) => ('frames' in chop ? chop.frames : [chop]));
  const closes = sent.some(({ opcode, raw }) => opcode === Opcode.close && raw === undefined);
  if (want.error === undefined && !closes) await peer.send(close(1000));
  peer.endAfterClose();
  assert.equal(await peer.ended, 0, 'the last frame that came is cut');
  const { close: code = 1000 } = want;
  const wanted = [...want.frames, code === 'none' ? closeBody() : close(code)];
  assert.deepEqual(peer.received.map(describeFrame), wanted.map(describeFrame));
  assert.equal((await closed).error, want.error);
  // The test runner keeps its tests until the end, and they what they hold.
  peer.received.length = 0;
}

/** A frame in one line; of a close frame the code, for its reason is a message for people. */
export function describeFrame({ opcode, payload, fin = true }: PeerFrame): string {
  const name = Object.entries(Opcode).find(([, value]) => value === opcode)?.[0] ?? String(opcode);
  const start = `${fin ? '' : 'unfinished '}${name}`;
  if (opcode === Opcode.close) {
    return payload.length === 0 ? start : `${start} ${payload.readUInt16BE(0)}`;
  }
  if (payload.length > 60) {
    return `${start} ${payload.length} bytes ${createHash('sha1').update(payload).digest('hex')}`;
  }
  const content = payload.toString(opcode === Opcode.binary ? 'hex' : 'utf8');
  return `${start} ${JSON.stringify(content)}`;
}
