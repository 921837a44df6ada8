/**
 * Messages that wait behind a peer that reads slowly: whole, not yet encoded, within a limit.
 *
 * Spec      RFC 6455 §7.4.1 and the IANA registry of close codes: 1013, Try Again Later
 * Next      message-sender.ts - puts messages in and takes them out
 * Left out  control frames, which have room of their own in control-queue.ts
 *
 *   head -> [ waiting | a Blob still being read | waiting ] <- tail
 *                                                            '- [ deferred ]      sum <= maxBytes
 *
 *   each counts with its payload and a fixed overhead, so that small ones are not free
 *
 *   policy        a message that does not fit
 *   close         is dropped, and the connection closed with 1013
 *   drop-newest   is dropped
 *   drop-oldest   drops what waits longest until it fits
 *
 * The budget of the process is a limit as well: what has no room there does not fit either, not
 * even into an empty queue.
 *
 * Fragments of a message are never dropped alone, which would damage it: one that does not fit
 * closes the connection under every policy, and a message that does not fit beside them is dropped.
 *
 * Whole messages that come while the caller is in the middle of a fragmented one are deferred: they
 * join the line behind its last fragment.
 */
import type { SendQueuePolicy } from './connection-options.ts';
import type { Opcode } from './constants.ts';
import { unlimitedBudget } from './memory-budget.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { PreparedMessage } from './prepared-message.ts';

/** Called once a message was handed to the operating system, or could not be. */
export type SendCallback = (error?: Error) => void;

/** A message, or a fragment of one, that waits. */
export interface WaitingMessage {
  opcode: Opcode;
  /** Absent while a Blob is still being read, and when `prepared` is there. */
  data: string | Uint8Array | undefined;
  prepared: PreparedMessage | undefined;
  /** Bytes of payload. */
  bytes: number;
  /** Whether it is the last, or only, frame of its message. */
  fin: boolean;
  /** Whether it is a whole message, which may be dropped. */
  isWhole: boolean;
  /** How far the extension is with it; `data` is the encoded payload once it is done. */
  encoding: 'none' | 'wanted' | 'running' | 'done';
  callback: SendCallback | undefined;
}

/** What a waiting message costs besides its payload: measured, an object and a Buffer or string. */
export const waitingOverheadBytes = 200;

/** How a SendQueue is set up. */
export interface SendQueueSetup {
  maxBytes: number;
  policy: SendQueuePolicy;
  /** Told, last of all, what the policy has dropped to make room. */
  onDropped(messages: readonly WaitingMessage[]): void;
  /** Who is charged for what waits. Default: nobody. */
  budget?: MemoryBudget | undefined;
  /** Default `waitingOverheadBytes`. */
  overheadBytes?: number | undefined;
}

/** What became of a message that was added. */
export type QueueResult = 'queued' | 'dropped' | 'overflow';

/** A queue of messages with a limit in bytes and a policy. */
export class SendQueue {
  /** The sum of what waits, in bytes of payload. */
  bytes = 0;
  /** The same with the overhead of each: what is held to the limit. */
  costBytes = 0;

  readonly #maxBytes: number;
  readonly #policy: SendQueuePolicy;
  readonly #onDropped: (messages: readonly WaitingMessage[]) => void;
  readonly #budget: MemoryBudget;
  readonly #overheadBytes: number;
  /** The line; before `#head` there is nothing any more: taking from its front costs nothing. */
  #messages: (WaitingMessage | undefined)[] = [];
  #head = 0;
  #deferred: WaitingMessage[] = [];

  constructor(setup: SendQueueSetup) {
    const { budget = unlimitedBudget, overheadBytes = waitingOverheadBytes } = setup;
    this.#maxBytes = setup.maxBytes;
    this.#policy = setup.policy;
    this.#onDropped = (messages) => setup.onDropped(messages);
    this.#budget = budget;
    this.#overheadBytes = overheadBytes;
  }

  /** How many messages wait in line; those deferred do not count. */
  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** Adds a message at the end, as the policy says. `overflow` asks to close the connection. */
  add(message: WaitingMessage): QueueResult {
    return this.#take(message, false);
  }

  /** As `add`, for a whole message that joins the line with `release`. */
  defer(message: WaitingMessage): QueueResult {
    return this.#take(message, true);
  }

  /** The fragmented message has its end: what was deferred goes behind it. */
  release(): void {
    for (const message of this.#deferred) this.#messages.push(message);
    this.#deferred = [];
  }

  /** The message that waits longest. */
  first(): WaitingMessage | undefined {
    return this.#messages[this.#head];
  }

  /** Takes the first message out. */
  removeFirst(): void {
    const first = this.#messages[this.#head];
    if (first === undefined) return;
    this.#uncount(first);
    // Let go of at once: the place in the array goes later.
    this.#messages[this.#head++] = undefined;
    if (this.#head === this.#messages.length) {
      this.#messages = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Takes one message out, wherever it waits; false if it is not there. */
  remove(message: WaitingMessage): boolean {
    if (this.first() === message) {
      this.removeFirst();
      return true;
    }
    const at = this.#messages.indexOf(message, this.#head);
    if (at < 0) return false;
    this.#messages.splice(at, 1);
    this.#uncount(message);
    return true;
  }

  /** Takes out what is deferred, the oldest first. */
  takeDeferred(): WaitingMessage[] {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const message of deferred) this.#uncount(message);
    return deferred;
  }

  /** Takes everything out, the oldest first. */
  clear(): WaitingMessage[] {
    this.release();
    const waiting = this.#messages.slice(this.#head) as WaitingMessage[];
    this.#messages = [];
    this.#head = 0;
    for (const message of waiting) this.#uncount(message);
    return waiting;
  }

  #take(message: WaitingMessage, isDeferred: boolean): QueueResult {
    const cost = message.bytes + this.#overheadBytes;
    // A message into an empty queue is always taken; running sums never overflow.
    const isEmpty = this.length + this.#deferred.length === 0;
    const overLimit = isEmpty ? 0 : cost - (this.#maxBytes - this.costBytes);
    const overBudget = this.#chargeFor(message) - this.#budget.freeBytes;
    const fits = overLimit <= 0 && overBudget <= 0;
    if (!fits && (!message.isWhole || this.#policy === 'close')) return 'overflow';
    const makesRoom = !fits && this.#policy === 'drop-oldest';
    const dropped = makesRoom ? this.#makeRoom(overLimit, overBudget) : [];
    if (!fits && dropped.length === 0) return 'dropped';
    (isDeferred ? this.#deferred : this.#messages).push(message);
    this.#count(message);
    if (dropped.length > 0) this.#onDropped(dropped);
    return 'queued';
  }

  /** Takes out the oldest whole messages until so much is free; none if they are not enough. */
  #makeRoom(overLimit: number, overBudget: number): WaitingMessage[] {
    const dropped: WaitingMessage[] = [];
    let freed = 0;
    let givenBack = 0;
    const isEnough = () => freed >= overLimit && givenBack >= overBudget;
    const look = (message: WaitingMessage) => {
      if (!message.isWhole) return;
      dropped.push(message);
      freed += message.bytes + this.#overheadBytes;
      // What other queues hold as well stays charged.
      const { prepared, bytes } = message;
      const isOurs = prepared === undefined || this.#budget.isHeldOnce(prepared);
      givenBack += this.#overheadBytes + (isOurs ? bytes : 0);
    };
    for (let i = this.#head; i < this.#messages.length && !isEnough(); i++) {
      look(this.#messages[i]!);
    }
    for (let i = 0; i < this.#deferred.length && !isEnough(); i++) look(this.#deferred[i]!);
    // Whatever there is budget for goes into an empty queue.
    const isAll = dropped.length === this.length + this.#deferred.length;
    if (givenBack < overBudget || (freed < overLimit && !isAll)) return [];
    this.#takeOut(dropped);
    return dropped;
  }

  /** Takes these out, which are in the order of the queue. */
  #takeOut(messages: readonly WaitingMessage[]): void {
    let at = 0;
    for (; at < messages.length && this.first() === messages[at]; at++) this.removeFirst();
    if (at === messages.length) return;
    // Fragments wait in front of the others and stay.
    const others = new Set(messages.slice(at));
    const line = this.#messages.slice(this.#head);
    this.#messages = line.filter((message) => !others.has(message!));
    this.#head = 0;
    this.#deferred = this.#deferred.filter((message) => !others.has(message));
    for (const message of others) this.#uncount(message);
  }

  /** What the budget is charged: a prepared message lies in memory once, however many send it. */
  #chargeFor({ prepared, bytes }: WaitingMessage): number {
    const isFree = prepared !== undefined && this.#budget.isHeld(prepared);
    return this.#overheadBytes + (isFree ? 0 : bytes);
  }

  #count({ prepared, bytes }: WaitingMessage): void {
    this.bytes += bytes;
    this.costBytes += bytes + this.#overheadBytes;
    this.#budget.charge(this.#overheadBytes + (prepared === undefined ? bytes : 0));
    if (prepared !== undefined) this.#budget.hold(prepared, bytes);
  }

  #uncount({ prepared, bytes }: WaitingMessage): void {
    this.bytes -= bytes;
    this.costBytes -= bytes + this.#overheadBytes;
    this.#budget.give(this.#overheadBytes + (prepared === undefined ? bytes : 0));
    if (prepared !== undefined) this.#budget.letGo(prepared);
  }
}
