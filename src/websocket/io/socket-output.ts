/**
 * The writing side of a link: frames gathered, written in one go, and who wants to know of it.
 *
 * Spec      -
 * Next      output.ts - where the frames are gathered; link.ts - says when to write
 * Left out  messages that wait because the socket is full: message-sender.ts
 *
 *   commit, forward --> FrameOutput --flush--> socket.write --> written: callbacks, `drained`
 */
import type { Duplex } from 'node:stream';
import { FrameOutput } from '../output.ts';
import type { SendCallback } from '../send-queue.ts';

/** So much output is written at once, and not first at the end of the turn. */
const flushBytes = 64 * 1024;

const notOpen = () => new Error('the connection was closed before the message was sent');
const nothing = Buffer.alloc(0);

/** What an output asks of its link. */
export interface OutputCalls {
  /** The socket holds more than it likes to: it will tell of a 'drain'. */
  full(): void;
  /** Bytes that wait elsewhere until the socket takes more. */
  waitingBytes(): number;
}

/** Frames on their way into one socket. */
export class SocketOutput {
  readonly #socket: Duplex;
  readonly #calls: OutputCalls;
  readonly #frames = new FrameOutput();
  #callbacks: SendCallback[] = [];
  #isLost = false;
  /** Who waits in `drained`, and whether they are told after a write that is under way. */
  #drainWaiters: ((isDrained: boolean) => void)[] = [];
  #watchesWrites = false;

  constructor(socket: Duplex, calls: OutputCalls) {
    this.#socket = socket;
    this.#calls = calls;
  }

  /** Bytes that the operating system has not taken yet, with those that wait elsewhere. */
  get bufferedBytes(): number {
    return this.#calls.waitingBytes() + this.#frames.pendingBytes + this.#socket.writableLength;
  }

  /** Whether there is something to flush. */
  get isPending(): boolean {
    return this.#frames.pendingBytes > 0;
  }

  /** Room for a frame, to be filled from its start and then committed. */
  reserve(bytes: number): Buffer {
    return this.#frames.reserve(bytes);
  }

  /** Takes the frame that was put into that room. */
  commit(bytes: number): void {
    this.#frames.commit(bytes);
    if (this.#frames.pendingBytes >= flushBytes) this.flush();
  }

  /** Takes a frame that lies elsewhere and never changes. */
  forward(frame: Buffer): void {
    this.#frames.forward(frame);
    if (this.#frames.pendingBytes >= flushBytes) this.flush();
  }

  /** Calls back once the frame that is committed next was written, or could not be. */
  written(callback: SendCallback): void {
    this.#callbacks.push(callback);
  }

  /** Calls back, later, that a message will not be sent. */
  dropped(callback: SendCallback): void {
    process.nextTick(callback, notOpen());
  }

  /** Writes all that was committed, in one go. */
  flush(): void {
    if (this.#frames.pendingBytes === 0) return;
    const socket = this.#socket;
    const segments = this.#frames.take();
    const last = segments.pop()!;
    const written = this.#takeCallbacks();
    if (!socket.writable) {
      if (written !== undefined) process.nextTick(written, notOpen());
      return;
    }
    if (segments.length > 0) socket.cork();
    for (const segment of segments) socket.write(segment);
    socket.write(last, written);
    if (segments.length > 0) socket.uncork();
    if (socket.writableNeedDrain && socket.writableLength > 0) this.#calls.full();
    this.tellDrained();
  }

  /** Resolves once everything was handed to the operating system: true; false if it never will. */
  drained(): Promise<boolean> {
    if (this.#socket.destroyed) return Promise.resolve(false);
    if (this.bufferedBytes === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#drainWaiters.push(resolve);
      this.tellDrained();
    });
  }

  /** Answers those who wait in `drained`: now, or when what the socket holds was written. */
  tellDrained(): void {
    if (this.#drainWaiters.length === 0) return;
    const socket = this.#socket;
    if (this.#isLost || this.bufferedBytes === 0) {
      const isDrained = !this.#isLost || socket.writableFinished;
      for (const resolve of this.#drainWaiters.splice(0)) resolve(isDrained);
    } else if (socket.writable && socket.writableLength > 0 && !this.#watchesWrites) {
      this.#watchesWrites = true;
      socket.write(nothing, () => {
        this.#watchesWrites = false;
        this.tellDrained();
      });
    }
  }

  /** The socket is gone. */
  lost(): void {
    this.#isLost = true;
    this.#takeCallbacks()?.(notOpen());
    this.tellDrained();
  }

  #takeCallbacks(): ((error?: Error | null) => void) | undefined {
    if (this.#callbacks.length === 0) return undefined;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    return (error) => callAll(callbacks, error ?? undefined);
  }
}

/** Each is called once, also if another one throws. */
function callAll(callbacks: readonly SendCallback[], error: Error | undefined): void {
  let called = 0;
  try {
    for (const callback of callbacks) {
      called++;
      callback(error);
    }
  } finally {
    if (called < callbacks.length) setImmediate(callAll, callbacks.slice(called), error);
  }
}
