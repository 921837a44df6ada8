/**
 * Messages that wait behind a peer that reads slowly: whole, not yet encoded, within a limit.
 *
 * Spec      RFC 6455 §7.4.1 and the IANA registry of close codes: 1013, Try Again Later
 * Next      message-sender.ts - puts messages in and takes them out
 * Left out  control frames, which have room of their own in message-sender.ts
 *
 *   head -> [ waiting | waiting | a Blob still being read | waiting ] <- tail      sum <= maxBytes
 *
 *   policy        a message that does not fit
 *   close         is dropped, and the connection closed with 1013
 *   drop-newest   is dropped
 *   drop-oldest   drops what waits longest until it fits
 *
 * Fragments of a message are never dropped alone, which would damage it: one that does not fit
 * closes the connection under every policy.
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
  readonly #onDropped: (message: WaitingMessage) => void;
  #messages: WaitingMessage[] = [];
  /** Where the queue begins in the array: taking from its front costs nothing then. */
  #head = 0;

  constructor(
    maxBytes: number,
    policy: SendQueuePolicy,
    onDropped: (message: WaitingMessage) => void,
  ) {
    this.#maxBytes = maxBytes;
    this.#policy = policy;
    this.#onDropped = onDropped;
  }

  /** How many messages wait. */
  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** Adds a message at the end, as the policy says. `overflow` asks to close the connection. */
  add(message: WaitingMessage): QueueResult {
    if (this.#policy === 'drop-oldest' && message.isWhole) this.#makeRoom(message.bytes);
    // A message into an empty queue is always taken; running sums never overflow.
    if (this.length > 0 && message.bytes > this.#maxBytes - this.bytes) {
      if (!message.isWhole || this.#policy === 'close') return 'overflow';
      if (this.#policy === 'drop-newest') return 'dropped';
    }
    this.#messages.push(message);
    this.bytes += message.bytes;
    return 'queued';
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
    this.#head++;
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
    const at = this.#messages.indexOf(message, this.#head);
    if (at < 0) return false;
    this.#messages.splice(at, 1);
    this.bytes -= message.bytes;
    return true;
  }

  /** Takes everything out, the oldest first. */
  clear(): WaitingMessage[] {
    const waiting = this.#messages.slice(this.#head);
    this.#messages = [];
    this.#head = 0;
    this.bytes = 0;
    return waiting;
  }

  #makeRoom(bytes: number): void {
    let excess = bytes - (this.#maxBytes - this.bytes);
    const drop = (message: WaitingMessage) => {
      excess -= message.bytes;
      this.#onDropped(message);
    };
    while (excess > 0 && this.first()?.isWhole === true) {
      const oldest = this.first()!;
      this.removeFirst();
      drop(oldest);
    }
    if (excess <= 0 || this.length === 0) return;
    // Fragments wait in front and stay; what may go is behind them.
    for (const message of this.clear()) {
      if (excess > 0 && message.isWhole) {
        drop(message);
      } else {
        this.#messages.push(message);
        this.bytes += message.bytes;
      }
    }
  }
}
