/**
 * A socket and the protocol on it: chunks in, frames out, deadlines, and who holds up reading.
 *
 * Spec      RFC 6455 §7.1.1 who ends the transport; all rules are protocol.ts's
 * Next      connection.ts - the owner, which programs see
 * Left out  events, and messages nobody reads yet: connection.ts, delivery.ts
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
import { connectionDefaults, protocolOptions } from '../connection-options.ts';
import { CloseCode } from '../constants.ts';
import { heartbeatTimeout, messageTimeout } from '../deadline-errors.ts';
import type { MessageKind } from '../message-assembler.ts';
import { PeerRate } from '../peer-rate.ts';
import { WebSocketProtocol } from '../protocol.ts';
import type { CloseOutcome, ProtocolSink } from '../protocol.ts';
import type { SendCallback } from '../send-queue.ts';
import { startHeartbeat } from './heartbeat-timer.ts';
import type { HeartbeatTimer } from './heartbeat-timer.ts';
import type { LinkOptions, LinkReader } from './link-options.ts';
import { MessageDeadline } from './message-deadline.ts';
import { SocketOutput } from './socket-output.ts';

/** Why reading is held up; as long as one reason is left, nothing is read. */
export const Hold = { caller: 1, unread: 2, output: 4, turn: 8, thrown: 16, decoding: 32 } as const;
export type Hold = (typeof Hold)[keyof typeof Hold];

/** A server stops reading from a peer that leaves this many bytes of answers lying. */
export const maxUnreadOutputBytes = 1024 * 1024;
const nothing = Buffer.alloc(0);

/** One connection after its handshake, without a public face. */
export class Link implements ProtocolSink {
  readonly protocol: WebSocketProtocol;
  readonly socket: Duplex;
  readonly heartbeat: HeartbeatTimer | undefined;

  readonly #with: LinkOptions;
  readonly #reader: LinkReader;
  readonly #rate: PeerRate | undefined;
  readonly #output: SocketOutput;
  /** Whether the output is written soon anyway: at the end of this chunk or of this turn. */
  #flushComing = false;
  #held = 0;
  #outcome: CloseOutcome = { code: CloseCode.abnormal, reason: nothing, wasClean: false };
  #isClosing = false;
  #closeTimer: NodeJS.Timeout | undefined;
  readonly #messageDeadline: MessageDeadline;
  /** The peer has ended its stream: told to the protocol once all that came before it was read. */
  #hasEnded = false;
  #isGone = false;
  /** The transport is gone; its close is told of once the last message has been decoded. */
  #closeWaits = false;

  constructor(link: LinkOptions) {
    const { socket, head, options } = link;
    this.#with = link;
    this.#reader = link.reader;
    this.socket = socket;
    this.#rate = options.rateLimit === undefined ? undefined : new PeerRate(options.rateLimit);
    this.#output = new SocketOutput(socket, {
      full: () => this.protocol.setTransportFull(true),
      waitingBytes: () => this.protocol.waitingBytes,
    });
    this.protocol = new WebSocketProtocol(this, protocolOptions(link));
    this.heartbeat = startHeartbeat(options.heartbeat, {
      ping: (payload) => {
        this.protocol.ping(payload);
        this.flushSoon();
      },
      dead: (timeoutMs) => this.#peerIsDead(timeoutMs),
    });
    const timeoutMs = options.messageTimeoutMs ?? connectionDefaults.messageTimeoutMs;
    this.#messageDeadline = new MessageDeadline(timeoutMs, {
      unfinished: () => this.protocol.unfinishedMessage,
      late: () => this.protocol.fail(messageTimeout(timeoutMs)),
    });
    if (socket instanceof Socket) socket.setNoDelay(true).setTimeout(0);
    // Nothing comes out before our owner has us: a socket that flows would tell of `head` at once.
    socket.pause();
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#socketEnded());
    socket.on('drain', () => this.#drained());
    // Whatever breaks the transport shows as a close with 1006.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#socketClosed());
    socket.resume();
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedBytes(): number {
    return this.#output.bufferedBytes;
  }

  /** Whether the transport is gone. What it still had is handed over then, held up or not. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whether reading is held up for this reason. */
  isHeld(reason: Hold): boolean {
    return (this.#held & reason) !== 0;
  }

  /** Stops reading: no message, ping or pong until every reason is released. */
  hold(reason: Hold): void {
    const before = this.#held;
    this.#held |= reason;
    // Once all is said, what arrives is dropped, and read on to the end.
    if (before !== 0 || this.#isGone || this.protocol.state === 'closed') return;
    this.protocol.pause();
    this.socket.pause();
    this.heartbeat?.hold();
    this.#messageDeadline.hold();
  }

  /** Takes a reason away; with the last one reading goes on, first with what was kept. */
  release(reason: Hold): void {
    if (!this.isHeld(reason)) return;
    this.#held &= ~reason;
    if (this.#held !== 0) return;
    this.heartbeat?.release();
    this.#messageDeadline.release();
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
    if (this.#flushComing || !this.#output.isPending) return;
    this.#flushComing = true;
    process.nextTick(Link.#flushNow, this);
  }

  /** Less is waiting to be sent than before: we may read on, and somebody may wait for that. */
  outputShrunk(): void {
    this.#output.tellDrained();
    if (this.bufferedBytes <= maxUnreadOutputBytes) this.release(Hold.output);
  }

  /** Resolves once everything was handed to the operating system: true; false if it never will. */
  drained(): Promise<boolean> {
    return this.#output.drained();
  }

  /** Cuts the transport, without a closing handshake. */
  destroy(): void {
    // What was sent until now is written, as far as the operating system takes it at once.
    this.protocol.transportClosed();
    this.socket.destroy();
  }

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
    if (this.heartbeat?.pong(payload) === true) return;
    const refusal = this.#rate?.takeControlFrame(performance.now());
    if (refusal !== undefined) return this.protocol.fail(refusal);
    this.#reader.pong(payload);
  }

  reserve(bytes: number): Buffer {
    return this.#output.reserve(bytes);
  }

  commit(bytes: number): void {
    this.#output.commit(bytes);
  }

  forward(frame: Buffer): void {
    this.#output.forward(frame);
  }

  written(callback: SendCallback): void {
    this.#output.written(callback);
  }

  dropped(callback: SendCallback): void {
    this.#output.dropped(callback);
  }

  turn(work: () => void): void {
    try {
      this.#batch(() => {
        try {
          work();
        } finally {
          this.#afterReading();
        }
      });
      this.outputShrunk();
      if (!this.protocol.isDecoding) this.release(Hold.decoding);
    } finally {
      // A listener may have thrown; whoever waits for the end is told all the same.
      if (!this.protocol.isDecoding) {
        if (this.#hasEnded) process.nextTick(Link.#readEnd, this);
        if (this.#closeWaits) this.#socketClosed();
      }
    }
  }

  /** Ends the transport, after the output. */
  end(): void {
    this.#output.flush();
    this.socket.end();
  }

  closed(outcome: CloseOutcome): void {
    this.#outcome = outcome;
    this.#startClosing();
    // What still arrives is read and dropped: unread bytes would turn our close frame into a reset.
    this.socket.resume();
    // What the end of the transport waited for will not be decoded any more.
    if (this.#closeWaits) process.nextTick(() => this.#closeWaits && this.#socketClosed());
    this.#with.closing(outcome);
  }

  // The socket

  #receive(chunk: Buffer): void {
    if (this.heartbeat !== undefined) this.heartbeat.heartbeat.heard = true;
    // What arrives while a message is decoded waits in the protocol: one chunk, and no more.
    const wasDecoding = this.protocol.isDecoding;
    this.#batch(Link.#receiveChunk, this.#ownChunk(chunk));
    if (wasDecoding && this.protocol.isDecoding) this.hold(Hold.decoding);
  }

  /** Chunks of net and tls sockets are ours to unmask in place; others may belong to somebody. */
  #ownChunk(chunk: Buffer): Buffer {
    return this.socket instanceof Socket ? chunk : Buffer.from(chunk);
  }

  /** After reading, whether a listener threw or not. */
  #afterReading(): void {
    // Both ends of two pipes that wait for each other would wait for ever, so only servers do.
    const mayHold = this.#with.role === 'server';
    if (mayHold && this.bufferedBytes > maxUnreadOutputBytes && !this.isHeld(Hold.output)) {
      this.hold(Hold.output);
      // Not every transport that holds so much tells of a 'drain'.
      void this.#output.drained().then(() => this.outputShrunk());
    }
    // The peer has closed; a client now waits for the server to end the socket, but not for ever.
    if (this.protocol.state !== 'open') this.#startClosing();
    else this.#messageDeadline.watch(this.protocol.unfinishedMessage);
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
      this.#output.flush();
      // A listener threw. If the process lives on, so does the connection, with the next message.
      if (!isDone) {
        this.hold(Hold.thrown);
        setImmediate(() => this.release(Hold.thrown));
      }
    }
  }

  // Static, not closures: they are handed on together with their link, and made only once.

  static #flushNow(link: Link): void {
    link.#flushComing = false;
    link.#output.flush();
    // What waited for its bytes, and not for the socket, goes out without a 'drain'.
    if (link.isHeld(Hold.output)) link.outputShrunk();
  }

  static #receiveChunk(link: Link, chunk: Buffer): void {
    try {
      link.protocol.receive(chunk);
    } finally {
      link.#afterReading();
    }
  }

  static #resumeReading(link: Link): void {
    try {
      link.protocol.resume();
    } finally {
      link.#afterReading();
    }
    if (link.#hasEnded) process.nextTick(Link.#readEnd, link);
  }

  static #readEnd(link: Link): void {
    if (link.#held === 0 && !link.protocol.isDecoding) link.protocol.receiveEnd();
  }

  static #openTransport(link: Link): void {
    link.protocol.setTransportFull(false);
  }

  #drained(): void {
    // With the output flushed in one go, however much of the queue fits into it.
    this.#batch(Link.#openTransport);
    this.outputShrunk();
  }

  #startClosing(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.heartbeat?.stop();
    const timeoutMs = this.#with.options.closeTimeout ?? connectionDefaults.closeTimeout;
    this.#closeTimer = setTimeout(() => this.socket.destroy(), timeoutMs);
  }

  #socketEnded(): void {
    // Node tells of the end in spite of a pause that the last chunk led to.
    this.#hasEnded = true;
    Link.#readEnd(this);
  }

  #socketClosed(): void {
    this.#isGone = true;
    // Its verdict would abandon the messages that are still decoded, and nobody would tell of it.
    this.heartbeat?.stop();
    try {
      this.#readRest();
    } finally {
      this.#closeWaits = this.protocol.isDecoding;
      if (!this.#closeWaits) this.#closed();
    }
  }

  #closed(): void {
    this.protocol.transportClosed();
    clearTimeout(this.#closeTimer);
    this.#messageDeadline.stop();
    this.heartbeat?.stop();
    this.#output.lost();
    this.#with.closed(this.#outcome);
  }

  /** What arrived and was held up is handed over: it waits with its reader instead of with us. */
  #readRest(): void {
    if (this.#held === 0) return;
    this.protocol.resume();
    for (;;) {
      const chunk = this.socket.read() as Buffer | null;
      if (chunk === null) return;
      this.protocol.receive(this.#ownChunk(chunk));
    }
  }

  /** Nobody is there to be told: the transport is cut, and only we learn why. */
  #peerIsDead(timeoutMs: number): void {
    const error = heartbeatTimeout(timeoutMs);
    this.#outcome = { code: CloseCode.abnormal, reason: nothing, wasClean: false, error };
    this.protocol.abandon();
    this.#startClosing();
    this.socket.destroy();
    this.#with.closing(this.#outcome);
  }
}
