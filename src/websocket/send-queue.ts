/**
 * Messages that wait behind a peer that reads slowly: whole, not yet encoded, within a limit.
 *
 * Spec      RFC 6455 §7.4.1 and the IANA registry of close codes: 1013, Try Again Later
 * Next      message-sender.ts - puts messages in and takes them out
 * Left out  control frames, which have room of their own in message-sender.ts
 *
 *   head -> [ waiting | a Blob still being read | waiting ] <- tail
 *                                                            '- [ deferred ]      sum <= maxBytes
 *
 *   policy        a message that does not fit
 *   close         is dropped, and the connection closed with 1013
 *   drop-newest   is dropped
 *   drop-oldest   drops what waits longest until it fits
 *
 * Fragments of a message are never dropped alone, which would damage it: one that does not fit
 * closes the connection under every policy, and a message that does not fit beside them is dropped.
 *
 * Whole messages that come while the caller is in the middle of a fragmented one are deferred: they
 * join the line behind its last fragment.
 */
import type { SendQueuePolicy } from './connection-options.ts';
import type { Opcode } from './constants.ts';
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

/** What became of a message that was added. */
export type QueueResult = 'queued' | 'dropped' | 'overflow';

/** A queue of messages with a limit in bytes and a policy. */
export class SendQueue {
  /** The sum of what waits, in bytes of payload. */
  bytes = 0;

  readonly #maxBytes: number;
  readonly #policy: SendQueuePolicy;
  readonly #onDropped: (messages: readonly WaitingMessage[]) => void;
  /** The line; before `#head` there is nothing any more: taking from its front costs nothing. */
  #messages: (WaitingMessage | undefined)[] = [];
  #head = 0;
  #deferred: WaitingMessage[] = [];

  /** `onDropped` is told, last of all, what the policy has dropped to make room. */
  constructor(
    maxBytes: number,
    policy: SendQueuePolicy,
    onDropped: (messages: readonly WaitingMessage[]) => void,
  ) {
    this.#maxBytes = maxBytes;
    this.#policy = policy;
    this.#onDropped = onDropped;
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
    this.bytes -= first.bytes;
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
    this.bytes -= message.bytes;
    return true;
  }

  /** Takes out what is deferred, the oldest first. */
  takeDeferred(): WaitingMessage[] {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const { bytes } of deferred) this.bytes -= bytes;
    return deferred;
  }

  /** Takes everything out, the oldest first. */
  clear(): WaitingMessage[] {
    this.release();
    const waiting = this.#messages.slice(this.#head) as WaitingMessage[];
    this.#messages = [];
    this.#head = 0;
    this.bytes = 0;
    return waiting;
  }

  #take(message: WaitingMessage, isDeferred: boolean): QueueResult {
    // A message into an empty queue is always taken; running sums never overflow.
    const excess = message.bytes - (this.#maxBytes - this.bytes);
    const fits = excess <= 0 || this.length + this.#deferred.length === 0;
    if (!fits && (!message.isWhole || this.#policy === 'close')) return 'overflow';
    const dropped = fits || this.#policy === 'drop-newest' ? [] : this.#makeRoom(excess);
    if (!fits && dropped.length === 0) return 'dropped';
    (isDeferred ? this.#deferred : this.#messages).push(message);
    this.bytes += message.bytes;
    if (dropped.length > 0) this.#onDropped(dropped);
    return 'queued';
  }

  /** Takes out the oldest whole messages until this much is free; none if they are not enough. */
  #makeRoom(bytes: number): WaitingMessage[] {
    const dropped: WaitingMessage[] = [];
    let freed = 0;
    const look = (message: WaitingMessage) => {
      if (!message.isWhole) return;
      dropped.push(message);
      freed += message.bytes;
    };
    for (let i = this.#head; i < this.#messages.length && freed < bytes; i++) {
      look(this.#messages[i]!);
    }
    for (let i = 0; i < this.#deferred.length && freed < bytes; i++) look(this.#deferred[i]!);
    const isAll = dropped.length === this.length + this.#deferred.length;
    if (freed < bytes && !isAll) return [];
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
    for (const { bytes } of others) this.bytes -= bytes;
  }
}
