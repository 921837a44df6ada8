/**
 * A socket and the protocol on it: chunks in, frames out, deadlines, and who holds up reading.
 *
 * Spec      RFC 6455 §7.1.1 who ends the transport; all rules are protocol.ts's
 * Next      connection.ts - the owner, which programs see
 * Left out  events, and messages nobody reads yet: connection.ts, unread-messages.ts
 *
 *   socket 'data' --> protocol.receive --> reader    one socket.write for what is sent meanwhile
 *   sender ---------> protocol.send... --> output    one socket.write at the end of the turn
 *
 *   transport full: after a write the socket still holds bytes and wants a 'drain'. Then messages
 *   wait in the protocol, not encoded; a server that has 1 MiB of them stops reading as well.
 */
import { performance } from 'node:perf_hooks';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connectionDefaults } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { CloseCode } from '../constants.ts';
import type { Role } from '../constants.ts';
import type { MessageKind } from '../message-assembler.ts';
import { FrameOutput } from '../output.ts';
import { PeerRate } from '../peer-rate.ts';
import { WebSocketProtocol } from '../protocol.ts';
import type { CloseOutcome, ProtocolOptions, ProtocolSink } from '../protocol.ts';
import type { SendCallback } from '../send-queue.ts';
import { WebSocketError } from '../websocket-error.ts';
import { startHeartbeat } from './heartbeat-timer.ts';
import type { HeartbeatTimer } from './heartbeat-timer.ts';

/** Who is given messages, pings and pongs. Each call may throw. */
export interface LinkReader {
  message(data: Buffer, kind: MessageKind): void;
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
}

/** What a link is made of, and who hears how it ends. */
export interface LinkOptions {
  role: Role;
  socket: Duplex;
  /** Bytes that came in one chunk with the handshake. */
  head: Buffer;
  nextMaskingKey: () => number;
  options: ConnectionOptions;
  reader: LinkReader;
  /** The protocol is through; what is left to send is still being written. */
  closing(outcome: CloseOutcome): void;
  /** The transport is gone: once and last. */
  closed(outcome: CloseOutcome): void;
}

/** Why reading is held up; as long as one reason is left, nothing is read. */
export const Hold = { caller: 1, unread: 2, output: 4, turn: 8 } as const;
export type Hold = (typeof Hold)[keyof typeof Hold];

/** A server stops reading from a peer that leaves this many bytes of answers lying. */
const maxUnreadOutputBytes = 1024 * 1024;
/** So much output is written at once, and not first at the end of the turn. */
const flushBytes = 64 * 1024;

const notOpen = () => new Error('the connection was closed before the message was sent');
const nothing = Buffer.alloc(0);

/** One connection after its handshake, without a public face. */
export class Link implements ProtocolSink {
  readonly protocol: WebSocketProtocol;
  readonly socket: Duplex;
  readonly heartbeat: HeartbeatTimer | undefined;

  readonly #with: LinkOptions;
  readonly #reader: LinkReader;
  readonly #rate: PeerRate | undefined;
  readonly #output = new FrameOutput();
  #callbacks: SendCallback[] = [];
  /** Whether the output is written soon anyway: at the end of this chunk or of this turn. */
  #flushComing = false;
  #held = 0;
  #outcome: CloseOutcome = { code: CloseCode.abnormal, reason: nothing, wasClean: false };
  #isClosing = false;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Runs out when one message takes too long; which one, is `#watchedMessage`. */
  #messageTimer: NodeJS.Timeout | undefined;
  #watchedMessage: number | undefined;

  constructor(link: LinkOptions) {
    const { role, socket, head, nextMaskingKey, options } = link;
    this.#with = link;
    this.#reader = link.reader;
    this.socket = socket;
    this.#rate = options.rateLimit === undefined ? undefined : new PeerRate(options.rateLimit);
    this.protocol = new WebSocketProtocol(this, protocolOptions(role, nextMaskingKey, options));
    this.heartbeat = startHeartbeat(options.heartbeat, {
      ping: (payload) => {
        this.protocol.ping(payload);
        this.flushSoon();
      },
      dead: (timeoutMs) => this.#peerIsDead(timeoutMs),
    });
    if (socket instanceof Socket) socket.setNoDelay(true).setTimeout(0);
    // Chunks of a net or tls socket are ours to unmask in place; others may still belong to
    // somebody.
    const own = socket instanceof Socket;
    socket.on('data', (chunk: Buffer) => this.#receive(own ? chunk : Buffer.from(chunk)));
    socket.on('end', () => this.protocol.receiveEnd());
    socket.on('drain', () => this.#drained());
    // Whatever breaks the transport shows as a close with 1006.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#socketClosed());
    if (head.length > 0) socket.unshift(head);
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedBytes(): number {
    return this.protocol.waitingBytes + this.#output.pendingBytes + this.socket.writableLength;
  }

  /** Whether reading is held up for this reason. */
  isHeld(reason: Hold): boolean {
    return (this.#held & reason) !== 0;
  }

  /** Stops reading: no message, ping or pong until every reason is released. */
  hold(reason: Hold): void {
    const before = this.#held;
    this.#held |= reason;
    if (before !== 0) return;
    this.protocol.pause();
    this.socket.pause();
    this.heartbeat?.hold();
  }

  /** Takes a reason away; with the last one reading goes on, first with what was kept. */
  release(reason: Hold): void {
    if (!this.isHeld(reason)) return;
    this.#held &= ~reason;
    if (this.#held !== 0) return;
    this.heartbeat?.release();
    this.#batch(Link.#resumeReading);
    if (this.#held === 0) this.socket.resume();
  }

  /** Begins the closing handshake. Throws a RangeError for a code or reason that cannot be sent. */
  close(code?: number, reason?: string | Uint8Array): void {
    this.protocol.close(code, reason);
    this.#startClosing();
    this.flushSoon();
  }

  /** Writes the output at the end of this turn, unless it is written sooner. */
  flushSoon(): void {
    if (this.#flushComing || this.#output.pendingBytes === 0) return;
    this.#flushComing = true;
    process.nextTick(Link.#flushNow, this);
  }

  /** Resolves once everything was handed to the operating system: true; false if it never will. */
  drained(): Promise<boolean> {
    const { socket } = this;
    if (socket.destroyed) return Promise.resolve(false);
    if (this.bufferedBytes === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const look = () => {
        if (socket.destroyed) resolve(false);
        else if (this.bufferedBytes === 0) resolve(true);
        else if (!socket.writable) socket.once('close', () => resolve(socket.writableFinished));
        // What waits in the protocol comes out as the socket drains, and is looked for again.
        else this.#whenWritten(() => void setImmediate(look));
      };
      look();
    });
  }

  /** Cuts the transport, without a closing handshake. */
  destroy(): void {
    this.socket.destroy();
  }

  // ProtocolSink

  message(data: Buffer, kind: MessageKind): void {
    const refusal = this.#rate?.takeMessage(data.length, performance.now());
    if (refusal !== undefined) return this.protocol.fail(refusal);
    this.#reader.message(data, kind);
  }

  ping(payload: Buffer): void {
    const refusal = this.#rate?.takeControlFrame(performance.now());
    if (refusal !== undefined) return this.protocol.fail(refusal);
    this.#reader.ping(payload);
  }

  pong(payload: Buffer): void {
    const refusal = this.#rate?.takeControlFrame(performance.now());
    if (refusal !== undefined) return this.protocol.fail(refusal);
    if (this.heartbeat?.pong(payload) !== true) this.#reader.pong(payload);
  }

  reserve(bytes: number): Buffer {
    return this.#output.reserve(bytes);
  }

  commit(bytes: number): void {
    this.#output.commit(bytes);
    if (this.#output.pendingBytes >= flushBytes) this.#flush();
  }

  forward(frame: Buffer): void {
    this.#output.forward(frame);
    if (this.#output.pendingBytes >= flushBytes) this.#flush();
  }

  written(callback: SendCallback): void {
    this.#callbacks.push(callback);
  }

  dropped(callback: SendCallback): void {
    process.nextTick(callback, notOpen());
  }

  /** Ends the transport, after the output. */
  end(): void {
    this.#flush();
    this.socket.end();
  }

  closed(outcome: CloseOutcome): void {
    this.#outcome = outcome;
    this.#startClosing();
    // What still arrives is read and dropped: unread bytes would turn our close frame into a reset.
    this.socket.resume();
    this.#with.closing(outcome);
  }

  // The socket

  #receive(chunk: Buffer): void {
    if (this.heartbeat !== undefined) this.heartbeat.heartbeat.heard = true;
    this.#batch(Link.#receiveChunk, chunk);
    // Both ends of two pipes that wait for each other would wait for ever, so only servers do.
    if (this.#with.role === 'server' && this.bufferedBytes > maxUnreadOutputBytes) {
      this.hold(Hold.output);
    }
    // The peer has closed; a client now waits for the server to end the socket, but not for ever.
    if (this.protocol.state !== 'open') this.#startClosing();
    else this.#watchMessage();
  }

  /** Runs `work`, and writes at its end all that was sent meanwhile in one go. */
  #batch(work: (link: Link, chunk: Buffer) => void, chunk: Buffer = nothing): void {
    const flushElsewhere = this.#flushComing;
    this.#flushComing = true;
    let isDone = false;
    try {
      work(this, chunk);
      isDone = true;
    } finally {
      this.#flushComing = flushElsewhere;
      this.#flush();
      // A listener threw. If the process lives on, so does the connection, with the next message.
      if (!isDone) setImmediate(Link.#readOn, this);
    }
  }

  // Static, not closures: they are handed on together with their link, and made only once.

  static #flushNow(link: Link): void {
    link.#flushComing = false;
    link.#flush();
  }

  static #readOn(link: Link): void {
    if (link.#held === 0) link.#batch(Link.#resumeReading);
  }

  static #receiveChunk(link: Link, chunk: Buffer): void {
    link.protocol.receive(chunk);
  }

  static #resumeReading(link: Link): void {
    link.protocol.resume();
  }

  static #openTransport(link: Link): void {
    link.protocol.setTransportFull(false);
  }

  /** Writes all that was committed, in one go. */
  #flush(): void {
    if (this.#output.pendingBytes === 0) return;
    const { socket } = this;
    const segments = this.#output.take();
    const last = segments.pop()!;
    const written = this.#takeCallbacks();
    if (!socket.writable) return written?.(notOpen());
    if (segments.length > 0) socket.cork();
    for (const segment of segments) socket.write(segment);
    socket.write(last, written);
    if (segments.length > 0) socket.uncork();
    if (socket.writableNeedDrain && socket.writableLength > 0) this.protocol.setTransportFull(true);
  }

  /** Calls back once what the socket holds now was written, or could not be. */
  #whenWritten(callback: SendCallback): void {
    if (this.#output.pendingBytes > 0) this.#callbacks.push(callback);
    else if (!this.socket.writable) process.nextTick(callback, notOpen());
    else this.socket.write(nothing, (error) => callback(error ?? undefined));
  }

  #takeCallbacks(): ((error?: Error | null) => void) | undefined {
    if (this.#callbacks.length === 0) return undefined;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    return (error) => {
      for (const callback of callbacks) callback(error ?? undefined);
    };
  }

  #drained(): void {
    // With the output flushed in one go, however much of the queue fits into it.
    this.#batch(Link.#openTransport);
    if (this.bufferedBytes <= maxUnreadOutputBytes) this.release(Hold.output);
  }

  #startClosing(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.heartbeat?.stop();
    const timeoutMs = this.#with.options.closeTimeout ?? connectionDefaults.closeTimeout;
    this.#closeTimer = setTimeout(() => this.socket.destroy(), timeoutMs);
  }

  #socketClosed(): void {
    this.protocol.receiveEnd();
    clearTimeout(this.#closeTimer);
    clearTimeout(this.#messageTimer);
    this.heartbeat?.stop();
    this.#takeCallbacks()?.(notOpen());
    this.#with.closed(this.#outcome);
  }

  // Deadlines

  /** One timer for whichever message is unfinished at the end of a chunk. */
  #watchMessage(): void {
    const unfinished = this.protocol.unfinishedMessage;
    if (unfinished === undefined || unfinished === this.#watchedMessage) return;
    this.#watchedMessage = unfinished;
    if (this.#messageTimer === undefined) {
      const timeoutMs = this.#with.options.messageTimeoutMs ?? connectionDefaults.messageTimeoutMs;
      this.#messageTimer = setTimeout(() => this.#messageIsLate(timeoutMs), timeoutMs).unref();
    } else {
      this.#messageTimer.refresh();
    }
  }

  #messageIsLate(timeoutMs: number): void {
    if (this.protocol.unfinishedMessage !== this.#watchedMessage) return;
    // While we do not read, the deadline stands still.
    if (this.#held !== 0) return void this.#messageTimer?.refresh();
    const what = `expected the end of a message within ${timeoutMs} ms, got only a part`;
    const { policyViolation } = CloseCode;
    this.protocol.fail(new WebSocketError('ERR_WS_MESSAGE_TIMEOUT', what, '§5.4', policyViolation));
  }

  /** Nobody is there to be told: the transport is cut, and only we learn why. */
  #peerIsDead(timeoutMs: number): void {
    const what = `expected any byte within ${timeoutMs} ms of a ping, got none`;
    const error = new WebSocketError(
      'ERR_WS_HEARTBEAT_TIMEOUT',
      what,
      '§5.5.2',
      CloseCode.abnormal,
    );
    this.#outcome = { code: CloseCode.abnormal, reason: nothing, wasClean: false, error };
    this.protocol.abandon();
    this.#startClosing();
    this.socket.destroy();
    this.#with.closing(this.#outcome);
  }
}

function protocolOptions(
  role: Role,
  nextMaskingKey: () => number,
  options: ConnectionOptions,
): ProtocolOptions {
  return {
    role,
    nextMaskingKey,
    maxMessageBytes: options.maxPayload ?? connectionDefaults.maxPayload,
    maxFragments: options.maxFragments,
    skipUtf8Validation: options.skipUTF8Validation ?? false,
    autoPong: options.autoPong ?? true,
    ...(options.sendQueue === undefined ? {} : { sendQueue: options.sendQueue }),
  };
}
