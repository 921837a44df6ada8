/**
 * The last messages of a room, and the number of the next one.
 *
 * Spec      -
 * Next      room.ts - appends to it, and shows it to whoever joins
 * Left out  keeping messages on disk
 */
import type { ChatMessage } from './protocol.ts';

/** What is known of a message before it has its place in the order. */
export type Utterance = Omit<ChatMessage, 'type' | 'offset'>;

/** Numbers messages 1, 2, 3, … and remembers the last `limit` of them. */
export class History {
  readonly #limit: number;
  #messages: ChatMessage[];
  #lastOffset: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#messages = [];
    this.#lastOffset = 0;
  }

  /** Gives a message the next offset and remembers it. */
  append({ room, from, text, at }: Utterance): ChatMessage {
    this.#lastOffset++;
    const offset = this.#lastOffset;
    const message: ChatMessage = { type: 'message', room, offset, from, text, at };
    this.#messages.push(message);
    if (this.#messages.length > this.#limit) this.#messages.shift();
    return message;
  }

  /** The remembered messages, oldest first; a copy. */
  messages(): ChatMessage[] {
    return [...this.#messages];
  }

  /** The offset of the newest message; 0 before the first, as counting begins at 1. */
  get lastOffset(): number {
    return this.#lastOffset;
  }
}
