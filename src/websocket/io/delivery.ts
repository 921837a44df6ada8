/**
 * Who is given what arrives, and when: listeners at once, pullers as they pull, and before there is
 * either it waits.
 *
 * Spec      RFC 6455 §6.2 receiving data; that a handler may await before it listens is our promise
 * Next      message-inbox.ts - where messages wait; connection.ts - whose events these are
 * Left out  -
 *
 *   no reader    up to 64 KiB wait, then the socket is not read any more; 30 s after the opening
 *                they are discarded, and so is what follows until somebody reads
 *   no more      where a listener was and has gone (`once`), 64 KiB wait for the next one, but
 *                reading goes on: what is more is discarded, for nobody seems to want it
 *   listener     is given what waits in the next tick, so that others can be attached first
 *   puller       takes one after the other; the socket is read as far as the pulls go
 *
 * `close` comes after the messages that came before it.
 */
import { performance } from 'node:perf_hooks';
import { connectionDefaults } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import type { MessageKind } from '../message-assembler.ts';
import { MessageInbox } from '../message-inbox.ts';
import type { UnreadMessage } from '../message-inbox.ts';
import type { SocketEventTarget } from './event-target.ts';
import { Hold } from './link.ts';
import type { Link } from './link.ts';

/** In which form binary messages are given to listeners. */
export type BinaryType = 'nodebuffer' | 'arraybuffer' | 'fragments' | 'blob';

const binaryTypes: ReadonlySet<unknown> = new Set([
  'nodebuffer',
  'arraybuffer',
  'fragments',
  'blob',
]);

/** Pulls the messages of a connection one after the other. */
export interface MessageReader {
  /** The next message; undefined once the connection has closed and none is left. */
  read(): Promise<UnreadMessage | undefined>;
  /** Pulls no more. What comes then waits for the next reader. */
  release(): void;
}

/** The receiving side of one connection, as its listeners and readers see it. */
export class Delivery {
  /** The form of binary messages; see `WebSocket.binaryType`. */
  binaryType: BinaryType = 'nodebuffer';

  readonly #events: SocketEventTarget;
  readonly #options: ConnectionOptions;
  #link: Link | undefined;
  #openedAtMs = 0;
  /** Made when the first message has to wait. */
  #inbox: MessageInbox | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Nobody read for so long that messages are not kept any more. */
  #isDiscarding = false;
  /** Whether a listener was ever given a message. */
  #hadListener = false;
  #deliveryComing = false;
  #readers = 0;
  /** Pulls that wait for a message, the first called first. */
  #pulls: ((message: UnreadMessage | undefined) => void)[] = [];
  /** How the connection closed; `close` is emitted once what is unread has been read. */
  #closed: { code: number; reason: Buffer; isEmitted: boolean } | undefined;

  constructor(events: SocketEventTarget, options: ConnectionOptions) {
    this.#events = events;
    this.#options = options;
  }

  /** The connection is open, on this link. */
  open(link: Link): void {
    this.#link = link;
    this.#openedAtMs = performance.now();
  }

  /** Whether a value may be assigned to `binaryType`. */
  static isBinaryType(value: unknown): value is BinaryType {
    return binaryTypes.has(value);
  }

  message(data: Buffer, kind: MessageKind): void {
    const isBinary = kind === 'binary';
    this.#pauseForTurn();
    if (this.#readers > 0 || (this.#inbox?.length ?? 0) > 0) return this.#keep(data, isBinary);
    if (!this.#emit({ data, isBinary })) return this.#keep(data, isBinary);
    this.#hadListener = true;
    this.#isDiscarding = false;
  }

  ping(payload: Buffer): void {
    this.#pauseForTurn();
    this.#events.emit('ping', payload);
  }

  pong(payload: Buffer): void {
    this.#pauseForTurn();
    this.#events.emit('pong', payload);
  }

  /** A reader that pulls; as long as one is there, messages that nobody listens to wait for it. */
  reader(): MessageReader {
    this.#readers++;
    this.#isDiscarding = false;
    this.#stopTimer();
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      this.#readers--;
      this.#watch();
      this.deliverSoon();
    };
    return { release, read: () => (isReleased ? Promise.resolve(undefined) : this.#pull()) };
  }

  /** Pulls until the connection has closed, or the loop is left: texts as strings. */
  async *messages(): AsyncGenerator<string | Buffer> {
    const reader = this.reader();
    try {
      for (let next = await reader.read(); next !== undefined; next = await reader.read()) {
        yield next.isBinary ? this.inForm(next.data) : next.data.toString();
      }
    } finally {
      reader.release();
    }
  }

  /** The connection has closed. */
  close(code: number, reason: Buffer): void {
    this.#closed = { code, reason, isEmitted: false };
    for (const pull of this.#pulls) pull(undefined);
    this.#pulls = [];
    this.#emitClose();
  }

  /** Forgets what waits. */
  discard(): void {
    this.#inbox?.clear();
    this.#taken();
  }

  /** Gives what waits to the listeners in the next tick, if there are any. */
  deliverSoon(): void {
    if (this.#deliveryComing || !this.#mayDeliver()) return;
    this.#deliveryComing = true;
    process.nextTick(() => this.#deliver());
  }

  /** A binary message in the form of `binaryType`; typed as the default one. */
  inForm(data: Buffer): Buffer {
    if (this.binaryType === 'nodebuffer') return data;
    if (this.binaryType === 'fragments') return [data] as unknown as Buffer;
    if (this.binaryType === 'blob') return new Blob([data]) as unknown as Buffer;
    const { buffer, byteOffset, byteLength } = data;
    return buffer.slice(byteOffset, byteOffset + byteLength) as unknown as Buffer;
  }

  #emit({ data, isBinary }: UnreadMessage): boolean {
    return this.#events.emit('message', isBinary ? this.inForm(data) : data, isBinary);
  }

  #keep(data: Buffer, isBinary: boolean): void {
    const pull = this.#pulls.shift();
    if (pull !== undefined) return pull({ data, isBinary });
    if (this.#isDiscarding) return;
    if (this.#inbox === undefined) this.#watchListeners();
    this.#inbox ??= new MessageInbox(connectionDefaults.unreadMessageBytes);
    this.#inbox.push(data, isBinary);
    if (this.#inbox.isFull) {
      if (this.#hadListener && this.#readers === 0 && !this.#mayDeliver()) return this.#giveUp();
      this.#link?.hold(Hold.unread);
    }
    this.#watch();
    this.deliverSoon();
  }

  #pull(): Promise<UnreadMessage | undefined> {
    const message = this.#inbox?.shift();
    if (message !== undefined) this.#taken();
    if (message !== undefined || this.#closed !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#pulls.push(resolve));
  }

  #mayDeliver(): boolean {
    const isPaused = this.#link?.isHeld(Hold.caller) === true;
    const isWaiting = (this.#inbox?.length ?? 0) > 0;
    return isWaiting && !isPaused && this.#events.listenerCount('message') > 0;
  }

  #deliver(): void {
    this.#deliveryComing = false;
    this.#isDiscarding = false;
    const inOneTurn = this.#options.allowSynchronousEvents !== false;
    try {
      while (this.#mayDeliver()) {
        this.#hadListener = true;
        this.#emit(this.#inbox!.shift()!);
        if (!inOneTurn) break;
      }
    } finally {
      this.#taken();
      // Still something: one message a turn, or a listener threw.
      if (this.#mayDeliver()) {
        this.#deliveryComing = true;
        setImmediate(() => this.#deliver());
      }
    }
  }

  /** Something was taken out. */
  #taken(): void {
    if (this.#inbox?.isFull !== true) this.#link?.release(Hold.unread);
    if ((this.#inbox?.length ?? 0) > 0) return;
    this.#stopTimer();
    this.#emitClose();
  }

  #emitClose(): void {
    const closed = this.#closed;
    if (closed === undefined || closed.isEmitted) return;
    const isUnread = (this.#inbox?.length ?? 0) > 0;
    // Who listens to `close` alone does not care for messages, and need not wait for their reader.
    const { length: closers } = this.#events.listeners('close');
    const isOnlyForClose = closers > 0 && this.#events.listenerCount('message') === 0;
    if (isUnread && (!isOnlyForClose || this.#readers > 0)) return;
    closed.isEmitted = true;
    this.#events.emit('close', closed.code, closed.reason);
  }

  /** Counts from the opening on, at first; later from the first message that nobody read. */
  #watch(): void {
    if (this.#timer !== undefined || this.#readers > 0 || (this.#inbox?.length ?? 0) === 0) return;
    const timeoutMs = this.#options.readerTimeoutMs ?? connectionDefaults.readerTimeoutMs;
    const sinceOpenMs = performance.now() - this.#openedAtMs;
    const leftMs = sinceOpenMs < timeoutMs ? timeoutMs - sinceOpenMs : timeoutMs;
    this.#timer = setTimeout(() => {
      // A caller who has paused will read.
      if (this.#link?.isHeld(Hold.caller) === true) return void this.#timer?.refresh();
      this.#giveUp();
    }, leftMs).unref();
  }

  /** Nobody reads: what waits is discarded, and what follows until somebody does. */
  #giveUp(): void {
    this.#isDiscarding = true;
    this.discard();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #watchListeners(): void {
    const events: { on(event: 'newListener', listener: (event: unknown) => void): unknown } =
      this.#events;
    events.on('newListener', (event) => {
      // The listener is not there yet, and others may be attached in the same breath.
      if (event === 'message') process.nextTick(() => this.deliverSoon());
      if (event === 'close') process.nextTick(() => this.#emitClose());
    });
  }

  /** With `allowSynchronousEvents: false`, what follows comes in a turn of its own. */
  #pauseForTurn(): void {
    if (this.#options.allowSynchronousEvents !== false) return;
    this.#link?.hold(Hold.turn);
    setImmediate(() => this.#link?.release(Hold.turn));
  }
}
