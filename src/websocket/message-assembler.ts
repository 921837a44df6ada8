/**
 * Messages out of frames: fragments put together, text checked as it arrives, size held in bounds.
 *
 * Spec      RFC 6455 §5.4 fragmentation, §5.6 data frames, §8.1 UTF-8
 * Next      message-receiver.ts - feeds it, and passes whole messages on
 * Left out  control frames, which may come between fragments and never reach this file;
 *           unpacking what an extension encoded: payload-codec.ts
 *
 *   fin opcode         fin opcode          fin opcode
 *   0   1 text "Hel"   0   0 cont. "l"     1   0 cont. "o"      = one text message "Hello"
 *
 * What each message costs:
 *   one frame in one chunk     nothing: the message is a view into the chunk
 *   one frame over chunks      its length, allocated once from the header and filled; over 16 MiB
 *                              never more than twice what has arrived
 *   fragments                  one buffer that doubles when it is full, never one piece for each
 */
import { isUtf8 } from 'node:buffer';
import { CloseCode, Opcode } from './constants.ts';
import { memoryBudgetReached, unlimitedBudget } from './memory-budget.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { Utf8Validator } from './utf8.ts';
import { WebSocketError } from './websocket-error.ts';

/** What a message holds. */
export type MessageKind = 'text' | 'binary';

const nothing = Buffer.alloc(0);
const smallestBufferBytes = 256;
/** Room is made for so much because it is announced; for more as it arrives. */
const believedBytes = 16 * 1024 * 1024;

/** What a MessageAssembler takes. */
export interface MessageAssemblerOptions {
  maxMessageBytes: number;
  /** The most fragments of one message; no limit if absent. */
  maxFragments?: number | undefined;
  /** Texts are taken as they are. Default false. */
  skipUtf8Validation?: boolean;
  /** Who is charged for the buffer of an unfinished message. Default: nobody. */
  budget?: MemoryBudget | undefined;
}

/** The error for a text that is none. */
export function invalidText(): WebSocketError {
  return new WebSocketError(
    'ERR_WS_INVALID_UTF8',
    'expected text in UTF-8, got other bytes',
    '§8.1',
    CloseCode.invalidPayload,
  );
}

/** Puts one message together at a time. */
export class MessageAssembler {
  /** How many messages have begun: tells one unfinished message from another. */
  messagesBegun = 0;

  /** The message, once `add` has answered true; a view or a buffer that nobody else holds. */
  message: Buffer = nothing;
  /** What the message being put together holds. */
  kind: MessageKind = 'binary';
  /** Whether an extension has encoded it, so that its text cannot be judged here. */
  isEncoded = false;

  readonly #maxMessageBytes: number;
  readonly #maxFragments: number;
  readonly #checksText: boolean;
  readonly #budget: MemoryBudget;
  /** Whether a message has begun and not ended, and in how many frames so far. */
  #inMessage = false;
  #fragments = 0;
  /** The frame being read: is it the last of its message, and how much of it is still to come. */
  #fin = true;
  #frameRemaining = 0;
  #buffer: Buffer = nothing;
  #bufferedBytes = 0;
  /** Whether nothing of the message was added yet. */
  #untouched = true;
  #text: Utf8Validator | undefined;

  constructor(options: MessageAssemblerOptions) {
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#maxFragments = options.maxFragments ?? Infinity;
    this.#checksText = options.skipUtf8Validation !== true;
    this.#budget = options.budget ?? unlimitedBudget;
  }

  /** Whether a message has begun and not ended. */
  get isUnfinished(): boolean {
    return this.#inMessage;
  }

  /** Bytes allocated for a message that has not ended. */
  get memoryBytes(): number {
    return this.#buffer.length;
  }

  /** How much the next frame may add: what the limit leaves. */
  get remainingBytes(): number {
    return this.#maxMessageBytes - this.#bufferedBytes;
  }

  /**
   * A data frame begins, with RSV1 set if an extension encoded its message. Tells the rule it
   * breaks, if it comes out of order.
   */
  begin(
    fin: boolean,
    opcode: number,
    payloadLength: number,
    rsv1 = false,
  ): WebSocketError | undefined {
    const continues = opcode === Opcode.continuation;
    // MUST (RFC 6455 §5.4): a continuation follows a beginning, and nothing else does until its
    // end.
    if (continues !== this.#inMessage) {
      return new WebSocketError(
        'ERR_WS_FRAGMENT_ORDER',
        continues
          ? 'expected the beginning of a message, got a continuation'
          : 'expected a continuation of the message, got the beginning of another',
        '§5.4',
        CloseCode.protocolError,
      );
    }
    // MUST NOT (RFC 7692 §6.1): only the first frame of a message says that it is compressed.
    if (continues && rsv1) {
      return new WebSocketError(
        'ERR_WS_RESERVED_BITS',
        'expected RSV1 on the first frame of a message only, got it on a continuation',
        '§5.2',
        CloseCode.protocolError,
      );
    }
    if (!continues) {
      this.isEncoded = rsv1;
      this.kind = opcode === Opcode.text ? 'text' : 'binary';
      this.#inMessage = true;
      this.#untouched = true;
      this.#fragments = 0;
      this.messagesBegun++;
    }
    this.#fragments++;
    if (this.#fragments > this.#maxFragments) {
      return new WebSocketError(
        'ERR_WS_TOO_MANY_FRAGMENTS',
        `expected a message of at most ${this.#maxFragments} fragments, got more`,
        '§5.4',
        CloseCode.policyViolation,
      );
    }
    this.#fin = fin;
    this.#frameRemaining = payloadLength;
    return undefined;
  }

  /**
   * Adds a piece of payload. True when the message is whole, false when more is to come, an error
   * when its text is not UTF-8 or the memory for unfinished messages is used up.
   */
  add(payload: Buffer, frameComplete: boolean): boolean | WebSocketError {
    const last = this.#fin && frameComplete;
    if (this.kind === 'text' && this.#checksText && !this.isEncoded) {
      if (!this.#acceptText(payload, last)) return invalidText();
    }
    this.#untouched = false;
    if (last && this.#bufferedBytes === 0) {
      this.message = payload;
    } else {
      if (!this.#append(payload)) return memoryBudgetReached();
      if (!last) return false;
      this.message = this.#buffer.subarray(0, this.#bufferedBytes);
    }
    this.#inMessage = false;
    if (this.#bufferedBytes > 0) this.discard();
    return true;
  }

  /** Forgets what was put together: the connection has closed, or the message is out. */
  discard(): void {
    this.#budget.give(this.#buffer.length);
    this.#buffer = nothing;
    this.#bufferedBytes = 0;
  }

  /** Lets go of the message after it was handed over. */
  release(): void {
    this.message = nothing;
  }

  #acceptText(payload: Buffer, last: boolean): boolean {
    // MUST (RFC 6455 §8.1): a text that is not UTF-8 fails the connection - here as soon as it
    // shows.
    if (last && this.#untouched) return isUtf8(payload);
    const text = (this.#text ??= new Utf8Validator());
    if (this.#untouched) text.reset();
    return text.push(payload) && (!last || text.complete);
  }

  /** False if the budget has no room for the message as it grows. */
  #append(payload: Buffer): boolean {
    const wanted = this.#bufferedBytes + payload.length;
    if (wanted > this.#buffer.length) {
      // The length of a last frame is known, and believed as far as it costs little; of fragments
      // only that they have kept to the limit.
      const announced = this.#fin ? this.#bufferedBytes + this.#frameRemaining : 0;
      const whole = Math.min(announced, Math.max(wanted * 2, believedBytes));
      const doubled = Math.min(this.#maxMessageBytes, this.#buffer.length * 2);
      const grown = whole || Math.max(wanted, doubled, smallestBufferBytes);
      if (!this.#budget.take(grown - this.#buffer.length)) return false;
      this.#grow(grown);
    }
    this.#buffer.set(payload, this.#bufferedBytes);
    this.#bufferedBytes = wanted;
    this.#frameRemaining -= payload.length;
    return true;
  }

  #grow(bytes: number): void {
    // Of its own, not from Node's pool: a message may live long and would keep its neighbours
    // alive.
    const grown = Buffer.allocUnsafeSlow(bytes);
    grown.set(this.#buffer.subarray(0, this.#bufferedBytes));
    this.#buffer = grown;
  }
}
