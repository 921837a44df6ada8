/**
 * A bound on what unfinished work may hold, shared by all connections of the process.
 *
 * Spec      RFC 6455 §7.4.1 and the IANA registry of close codes: 1013, Try Again Later
 * Next      message-assembler.ts, send-queue.ts - who take from it; memory.ts - what one holds
 * Left out  finished messages, which are the program's; output, held back by each connection itself
 *
 *   what is charged                              until
 *   the buffer of a message in parts             it is whole, or its connection has closed
 *   a message being decoded, and what came out   it is decoded, or ...
 *   a message that waits to be sent              it is encoded, dropped, or ...
 *
 * The limits of one connection do not bound many of them: a thousand peers that each begin a
 * message and do not end it are within every limit, and hold a thousand buffers.
 */
import { CloseCode } from './constants.ts';
import { WebSocketError } from './websocket-error.ts';

/** What holds unless the program says otherwise. */
export const memoryBudgetDefaults = {
  /** A thousand unfinished messages of the largest size that is taken by default. */
  maxBytes: 1024 * 1024 * 1024,
} as const;

/** Counts bytes against a bound. */
export class MemoryBudget {
  #maxBytes: number;
  #usedBytes: number;
  /** Bytes that several hold at once, charged once: how many hold them. */
  readonly #shared: WeakMap<object, { holders: number; bytes: number }>;

  /** Throws a RangeError unless `maxBytes` is a number from 0. */
  constructor(maxBytes: number = memoryBudgetDefaults.maxBytes) {
    this.#maxBytes = checked(maxBytes);
    this.#usedBytes = 0;
    this.#shared = new WeakMap();
  }

  /**
   * The bound in bytes, by default 1 GiB; Infinity is none. A lower one takes nothing away from
   * whoever has it. Assigning throws a RangeError unless the value is a number from 0.
   */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  set maxBytes(maxBytes: number) {
    this.#maxBytes = checked(maxBytes);
  }

  /** What unfinished work holds now, in bytes. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** What more it may hold, in bytes; never below 0. */
  get freeBytes(): number {
    return Math.max(0, this.#maxBytes - this.#usedBytes);
  }

  /** Charges so many bytes if they are free; false, and nothing is charged, if not. */
  take(bytes: number): boolean {
    if (bytes > this.freeBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  /** Charges so many bytes, free or not: for what was judged before, and takes another's place. */
  charge(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Gives back what was taken or charged. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** Whether somebody holds these bytes already, so that to hold them too costs nothing. */
  isHeld(shared: object): boolean {
    return this.#shared.has(shared);
  }

  /** Whether there is one hold on these bytes, whose end gives them back. */
  isHeldOnce(shared: object): boolean {
    return this.#shared.get(shared)?.holders === 1;
  }

  /** Charges bytes that others may hold too, for the first of them. Each hold ends with `letGo`. */
  hold(shared: object, bytes: number): void {
    const held = this.#shared.get(shared);
    if (held !== undefined) {
      held.holders++;
      return;
    }
    this.#shared.set(shared, { holders: 1, bytes });
    this.charge(bytes);
  }

  /** Ends one hold; with the last one the bytes are given back. */
  letGo(shared: object): void {
    const held = this.#shared.get(shared);
    if (held === undefined || --held.holders > 0) return;
    this.#shared.delete(shared);
    this.give(held.bytes);
  }
}

/** The budget of the process: every WebSocket of either role is charged to it. */
export const memoryBudget = new MemoryBudget();

/** For a protocol without an owner who cares. */
export const unlimitedBudget = new MemoryBudget(Infinity);

/** The error for a message that the budget has no room for; the peer is told 1013. */
export function memoryBudgetReached(): WebSocketError {
  return new WebSocketError(
    'ERR_WS_MEMORY_BUDGET',
    'expected room for an unfinished message, got none: too many are under way',
    '§7.4.1',
    CloseCode.tryAgainLater,
  );
}

function checked(maxBytes: number): number {
  if (typeof maxBytes === 'number' && maxBytes >= 0) return maxBytes;
  throw new RangeError(`maxBytes must be a number from 0, got ${String(maxBytes)}`);
}
