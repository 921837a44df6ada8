/**
 * Messages that arrived before anybody reads them, in order, counted by what they cost.
 *
 * Spec      -
 * Next      io/delivery.ts - who gets them, and when
 * Left out  -
 */

/** A message as it waits for its reader. */
export interface UnreadMessage {
  data: Buffer;
  isBinary: boolean;
}

/** What a waiting message costs besides its bytes, so that empty ones are not free. */
export const unreadOverheadBytes = 64;

/** A first-in first-out queue of messages with a mark at which reading should stop. */
export class MessageInbox {
  readonly #limitBytes: number;
  /** Before `#head` there is nothing any more: taking from the front costs nothing. */
  #messages: (UnreadMessage | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** How many messages wait. */
  get length(): number {
    return this.#messages.length - this.#head;
  }

  /** What waits, in bytes, with the cost of each. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether so much waits that no more should be read. */
  get isFull(): boolean {
    return this.#bytes >= this.#limitBytes;
  }

  /** Adds a message. One that is a small part of a larger memory is copied, to let that go. */
  push(data: Buffer, isBinary: boolean): void {
    const own = data.buffer.byteLength > 2 * data.length ? Buffer.from(data) : data;
    this.#messages.push({ data: own, isBinary });
    this.#bytes += own.length + unreadOverheadBytes;
  }

  /** Takes the oldest message out. */
  shift(): UnreadMessage | undefined {
    const message = this.#messages[this.#head];
    if (message === undefined) return undefined;
    this.#bytes -= message.data.length + unreadOverheadBytes;
    // Let go of at once: the place in the array goes later.
    this.#messages[this.#head++] = undefined;
    if (this.#head === this.#messages.length || this.#head >= 1024) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    return message;
  }

  /** Forgets everything. */
  clear(): void {
    this.#messages = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
