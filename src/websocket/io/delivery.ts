/**
 * Who is given what arrives, and when: listeners at once, pullers as they pull, and before there is
 * either it waits.
 *
 * Spec      RFC 6455 §6.2 receiving data; that a handler may await before it listens is our promise
 * Next      message-inbox.ts - where messages wait; connection.ts - whose events these are
 * Left out  -
 *
 *   no reader    up to 64 KiB wait, then the socket is not read any more; 30 s after the opening,
 *                or after the first message that nobody took, they are discarded, and so is what
 *                follows until somebody reads; more than 64 KiB at once if we are closing
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

/** Somebody who waits for a message, and the reader that asked. */
interface Pull {
  reader: MessageReader;
  resolve(message: UnreadMessage | undefined): void;
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
  /** We have begun to close: the peer's close frame must not be held up by what nobody reads. */
  #isClosing = false;
  #deliveryComing = false;
  #readers = 0;
  /** Pulls that wait for a message, the first called first. */
  #pulls: Pull[] = [];
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

  /** What waits for a reader, in bytes. */
  get unreadBytes(): number {
    return this.#inbox?.bytes ?? 0;
  }

  /** Whether a value may be assigned to `binaryType`. */
  static isBinaryType(value: unknown): value is BinaryType {
    return binaryTypes.has(value);
  }

  message(data: Buffer, kind: MessageKind): void {
    const isBinary = kind === 'binary';
    this.#pauseForTurn();
    // What is handed over by a transport that is gone may come to somebody who has paused.
    const waits = this.#readers > 0 || this.#isUnread || this.#link?.isGone === true;
    if (waits || !this.#emit(data, isBinary)) return this.#keep(data, isBinary);
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
    const reader: MessageReader = {
      read: () => (isReleased ? Promise.resolve(undefined) : this.#pull(reader)),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#readers--;
        const pulls = this.#pulls;
        this.#pulls = pulls.filter((pull) => pull.reader !== reader);
        for (const pull of pulls) if (pull.reader === reader) pull.resolve(undefined);
        this.#watch();
        this.deliverSoon();
        this.#emitClose();
      },
    };
    return reader;
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

  /** We begin to close the connection. */
  closing(): void {
    this.#isClosing = true;
    if (this.#inbox?.isFull === true && !this.#isWanted) this.#giveUp();
  }

  /** The connection has closed. */
  close(code: number, reason: Buffer): void {
    this.#closed = { code, reason, isEmitted: false };
    for (const { resolve } of this.#pulls) resolve(undefined);
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

  #emit(data: Buffer, isBinary: boolean): boolean {
    return this.#events.emit('message', isBinary ? this.inForm(data) : data, isBinary);
  }

  #keep(data: Buffer, isBinary: boolean): void {
    const pull = this.#pulls.shift();
    if (pull !== undefined) return pull.resolve({ data, isBinary });
    if (this.#isDiscarding) return;
    if (this.#inbox === undefined) this.#watchListeners();
    this.#inbox ??= new MessageInbox(connectionDefaults.unreadMessageBytes);
    this.#inbox.push(data, isBinary);
    if (this.#inbox.isFull) {
      if (this.#isClosing && !this.#isWanted) return this.#giveUp();
      this.#link?.hold(Hold.unread);
    }
    this.#watch();
    this.deliverSoon();
  }

  #pull(reader: MessageReader): Promise<UnreadMessage | undefined> {
    const message = this.#inbox?.shift();
    // `close` comes after the message was taken: whoever asked gets it later in this turn.
    if (message !== undefined) this.#taken(() => void setImmediate(() => this.#emitClose()));
    if (message !== undefined || this.#closed !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => this.#pulls.push({ reader, resolve }));
  }

  get #isUnread(): boolean {
    return (this.#inbox?.length ?? 0) > 0;
  }

  /** Whether messages have somebody who takes them, now or after a pause. */
  get #isWanted(): boolean {
    const isPaused = this.#link?.isHeld(Hold.caller) === true;
    return isPaused || this.#readers > 0 || this.#events.listenerCount('message') > 0;
  }

  #mayDeliver(): boolean {
    const isPaused = this.#link?.isHeld(Hold.caller) === true;
    return this.#isUnread && !isPaused && this.#events.listenerCount('message') > 0;
  }

  #deliver(): void {
    this.#deliveryComing = false;
    this.#isDiscarding = false;
    const inOneTurn = this.#options.allowSynchronousEvents !== false;
    try {
      while (this.#mayDeliver()) {
        const { data, isBinary } = this.#inbox!.shift()!;
        this.#emit(data, isBinary);
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

  /** Something was taken out; was it the last, `emptied` is what happens then. */
  #taken(emptied: () => void = () => this.#emitClose()): void {
    if (this.#inbox?.isFull !== true) this.#link?.release(Hold.unread);
    if (this.#isUnread) return;
    this.#stopTimer();
    emptied();
  }

  #emitClose(): void {
    const closed = this.#closed;
    if (closed === undefined || closed.isEmitted) return;
    // Who listens to `close` alone does not care for messages, and need not wait for their reader.
    const { length: closers } = this.#events.listeners('close');
    const isOnlyForClose = closers > 0 && this.#events.listenerCount('message') === 0;
    if (this.#isUnread && (!isOnlyForClose || this.#readers > 0)) return;
    closed.isEmitted = true;
    this.#events.emit('close', closed.code, closed.reason);
  }

  /** Counts from the opening on, at first; later from the first message that nobody read. */
  #watch(): void {
    if (this.#timer !== undefined || this.#readers > 0 || !this.#isUnread) return;
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
