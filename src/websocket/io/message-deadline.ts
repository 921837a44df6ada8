/**
 * How long one message may take from its first byte to its last, on a clock that stands still while
 * we do not read.
 *
 * Spec      -; RFC 6455 §10.4 speaks of limits of the size alone
 * Next      link.ts - asks at the end of each chunk
 * Left out  what happens to a message that is late: link.ts
 *
 *   watch(7) --timeout, less what was held up--> is 7 still unfinished? --> late
 */
import { performance } from 'node:perf_hooks';

/** What a deadline asks of its connection. */
export interface MessageDeadlineCalls {
  /** Which message has begun and not ended; undefined between messages. */
  unfinished(): number | undefined;
  late(timeoutMs: number): void;
}

/** One timer for whichever message is unfinished. It keeps no process alive. */
export class MessageDeadline {
  readonly #timeoutMs: number;
  readonly #calls: MessageDeadlineCalls;
  #timer: NodeJS.Timeout | undefined;
  #watched: number | undefined;
  /** Since when we do not read, and for how long we did not before that: milliseconds. */
  #heldAtMs: number | undefined;
  #heldMs = 0;

  constructor(timeoutMs: number, calls: MessageDeadlineCalls) {
    this.#timeoutMs = timeoutMs;
    this.#calls = calls;
  }

  /** The message that is unfinished at the end of a chunk, if one is. */
  watch(unfinished: number | undefined): void {
    if (unfinished === undefined || unfinished === this.#watched) return;
    this.#watched = unfinished;
    this.#takeHeldMs();
    this.#arm(this.#timeoutMs);
  }

  /** We stop reading. */
  hold(): void {
    this.#heldAtMs ??= performance.now();
  }

  /** We read on. */
  release(): void {
    if (this.#heldAtMs !== undefined) this.#heldMs += performance.now() - this.#heldAtMs;
    this.#heldAtMs = undefined;
  }

  /** No verdict any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(waitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(MessageDeadline.#look, waitMs, this).unref();
  }

  static #look(deadline: MessageDeadline): void {
    const watched = deadline.#watched;
    if (watched === undefined || deadline.#calls.unfinished() !== watched) return;
    const moreMs = deadline.#takeHeldMs();
    if (moreMs > 0) deadline.#arm(Math.ceil(moreMs));
    else deadline.#calls.late(deadline.#timeoutMs);
  }

  /** How long reading was held up since this was asked last, in milliseconds. */
  #takeHeldMs(): number {
    const nowMs = performance.now();
    const heldMs = this.#heldMs + (this.#heldAtMs === undefined ? 0 : nowMs - this.#heldAtMs);
    this.#heldMs = 0;
    if (this.#heldAtMs !== undefined) this.#heldAtMs = nowMs;
    return heldMs;
  }
}
