/**
 * Frames out of a stream, whatever its split: a header, then the payload in pieces as they arrive.
 *
 * Spec      RFC 6455 §5.2 layout, §5.1 who masks, §5.4 and §5.5 what a control frame may not be
 * Next      message-assembler.ts - puts the payloads of one message together
 * Left out  messages and their order, which message-assembler.ts judges
 *
 * The parser is asked, it does not call:
 *
 *   parser.push(chunk);
 *   while ((step = parser.next()) !== ParserStep.needMore) ...
 *
 *   header    `fin`, `rsv1`, `opcode`, `payloadLength` are those of a new frame; nothing of its
 *             payload was looked at
 *   payload   `payload` is its next piece, in clear; `frameComplete` tells whether it was the last.
 *             Every frame has at least one, empty or not
 *   invalid   `error` tells the rule that was broken; nothing more will be read
 *
 * Payloads are views into the chunk, unmasked in place. So a chunk belongs to the parser once
 * pushed. `describeFrame` tells where in the stream the frame at hand lies, for error reports.
 */
import {
  CloseCode,
  defaultMaxMessageBytes,
  maxControlPayloadBytes,
  maxHeaderBytes,
  Opcode,
} from './constants.ts';
import { mask, rotateMaskingKey } from './mask.ts';
import { WebSocketError } from './websocket-error.ts';
import type { OffendingFrame } from './websocket-error.ts';

/** What `FrameParser.next()` found. */
export const ParserStep = { needMore: 0, header: 1, payload: 2, invalid: 3 } as const;
export type ParserStep = (typeof ParserStep)[keyof typeof ParserStep];

/** How a FrameParser judges the frames it reads. */
export interface FrameParserOptions {
  /** True where the peer is a client. */
  expectMasked: boolean;
  /**
   * RSV bits (of 0b0111_0000) that a negotiated extension owns; all others must be 0. Default 0.
   */
  extensionBits?: number;
}

const nothing = Buffer.alloc(0);

/** How much of an offending frame a report shows, in bytes. */
const describedBytes = 16;

/** Reads frames from chunks; see the top of this file for how it is driven. */
export class FrameParser {
  /** Fields of the frame whose header was read last. */
  fin = false;
  rsv1 = false;
  opcode = 0;
  payloadLength = 0;

  /** The piece that the last `payload` step found; a view into the chunk, valid for as long. */
  payload: Buffer = nothing;
  /** Whether that piece was the last of its frame. */
  frameComplete = false;

  /** The largest payload that the next data frame may announce, in bytes. Default 1 MiB. */
  payloadLimitBytes = defaultMaxMessageBytes;

  /** Why the last step was `invalid`. */
  error: WebSocketError | undefined;

  readonly #expectMasked: boolean;
  readonly #extensionBits: number;
  #chunk: Buffer = nothing;
  #position = 0;
  /** Where the chunk begins, in bytes since the first one. */
  #chunkOffset = 0;
  /** Where the frame begins whose header was read last, and its first two bytes. */
  #frameOffset = 0;
  #firstByte = 0;
  #secondByte = 0;
  #lengthKnown = false;
  /** Header bytes that an earlier chunk ended with; allocated only for connections that need it. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  #maskingKey = 0;
  /** Payload bytes of this frame still to come. */
  #remaining = 0;
  #inPayload = false;

  constructor(options: FrameParserOptions) {
    this.#expectMasked = options.expectMasked;
    this.#extensionBits = options.extensionBits ?? 0;
  }

  /** Adds what arrived; what was not read yet of the chunk before comes first. */
  push(chunk: Buffer): void {
    const unread = this.#chunk.length - this.#position;
    this.#chunkOffset += this.#position;
    this.#chunk =
      unread === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#position), chunk]);
    this.#position = 0;
  }

  /** Bytes held here: the chunk at hand, and the beginning of a header. */
  get memoryBytes(): number {
    return this.#chunk.length + this.#heldBytes;
  }

  /** Forgets what was not read: nothing more will be. */
  discard(): void {
    this.#needMore();
    this.#heldBytes = 0;
  }

  /** Takes the next step; see the top of this file. */
  next(): ParserStep {
    if (this.error !== undefined) return ParserStep.invalid;
    return this.#inPayload ? this.#nextPayload() : this.#nextHeader();
  }

  /**
   * The frame at hand as far as it was read: for reports, and so not for each frame. `lastBytes`
   * are its first bytes where the chunk still has them, else the first of the chunk; a payload
   * among them may be unmasked already.
   */
  describeFrame(): OffendingFrame {
    const held = this.#held?.subarray(0, this.#heldBytes) ?? nothing;
    const first = this.#frameOffset - this.#chunkOffset;
    const start = Math.max(first, held.length > 0 ? this.#position : 0);
    const shown = this.#chunk.subarray(start, start + describedBytes - held.length);
    return {
      byteOffset: this.#frameOffset,
      header: {
        fin: (this.#firstByte & 0b1000_0000) !== 0,
        rsv1: (this.#firstByte & 0b0100_0000) !== 0,
        rsv2: (this.#firstByte & 0b0010_0000) !== 0,
        rsv3: (this.#firstByte & 0b0001_0000) !== 0,
        opcode: this.#firstByte & 0b0000_1111,
        masked: (this.#secondByte & 0b1000_0000) !== 0,
        payloadLength: this.#lengthKnown ? this.payloadLength : undefined,
      },
      lastBytes: [...held, ...shown].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    };
  }

  #nextHeader(): ParserStep {
    const chunk = this.#chunk;
    const available = chunk.length - this.#position;
    // Nearly every header lies whole in one chunk and is read where it lies.
    if (this.#heldBytes === 0 && available >= 2) {
      const start = this.#position;
      this.#frameOffset = this.#chunkOffset + start;
      if (!this.#acceptFirstBytes(chunk[start]!, chunk[start + 1]!)) return ParserStep.invalid;
      const length = headerLength(chunk[start + 1]!);
      if (available >= length) {
        this.#position += length;
        return this.#readLengthAndKey(chunk, start);
      }
    }
    return this.#gatherHeader();
  }

  /** A header split over chunks: its bytes are put side by side first. */
  #gatherHeader(): ParserStep {
    const held = (this.#held ??= Buffer.alloc(maxHeaderBytes));
    this.#frameOffset = this.#chunkOffset + this.#position - this.#heldBytes;
    let wanted = this.#heldBytes < 2 ? 2 : headerLength(held[1]!);
    while (this.#heldBytes < wanted) {
      if (this.#position === this.#chunk.length) return this.#needMore();
      held[this.#heldBytes++] = this.#chunk[this.#position++]!;
      if (this.#heldBytes === 2) {
        if (!this.#acceptFirstBytes(held[0]!, held[1]!)) return ParserStep.invalid;
        wanted = headerLength(held[1]!);
      }
    }
    const step = this.#readLengthAndKey(held, 0);
    // A header that is refused stays, to be described.
    if (step === ParserStep.header) this.#heldBytes = 0;
    return step;
  }

  /** Judges what the first two bytes say: before any length is believed or any payload awaited. */
  #acceptFirstBytes(first: number, second: number): boolean {
    this.#firstByte = first;
    this.#secondByte = second;
    this.#lengthKnown = false;
    this.fin = (first & 0b1000_0000) !== 0;
    this.rsv1 = (first & 0b0100_0000) !== 0;
    this.opcode = first & 0b0000_1111;
    const isControl = this.opcode >= Opcode.close;
    // MUST (RFC 6455 §5.2): RSV bits are 0 unless an extension defines them. Those known so far
    // give them a meaning on data frames only.
    const reserved = first & 0b0111_0000 & ~(isControl ? 0 : this.#extensionBits);
    if (reserved !== 0) {
      const got = (first >>> 4) & 0b111;
      return this.#refuse(
        'ERR_WS_RESERVED_BITS',
        `expected RSV bits that no extension uses to be 0, got ${got.toString(2).padStart(3, '0')}`,
        '§5.2',
      );
    }
    // MUST (RFC 6455 §5.2): an unknown opcode fails the connection.
    if ((this.opcode > Opcode.binary && !isControl) || this.opcode > Opcode.pong) {
      const got = `0x${this.opcode.toString(16)}`;
      return this.#refuse('ERR_WS_OPCODE', `expected a known opcode, got ${got}`, '§5.2');
    }
    return this.#acceptMaskBit(second) && (!isControl || this.#acceptControl(second));
  }

  #acceptMaskBit(second: number): boolean {
    const masked = (second & 0b1000_0000) !== 0;
    if (masked === this.#expectMasked) return true;
    // MUST (RFC 6455 §5.1): a client masks every frame, a server none.
    return this.#expectMasked
      ? this.#refuse(
          'ERR_WS_MASK_REQUIRED',
          'expected a masked frame from a client, got an unmasked one',
          '§5.1',
        )
      : this.#refuse(
          'ERR_WS_MASK_FORBIDDEN',
          'expected an unmasked frame from a server, got a masked one',
          '§5.1',
        );
  }

  #acceptControl(second: number): boolean {
    // MUST (RFC 6455 §5.5): control frames are never fragmented and carry 125 bytes at most.
    if (!this.fin) {
      const what = 'expected a control frame in one piece, got a fragment';
      return this.#refuse('ERR_WS_CONTROL_FRAGMENTED', what, '§5.5');
    }
    if ((second & 0b0111_1111) > maxControlPayloadBytes) {
      const what = 'expected a control frame of at most 125 bytes, got a longer one';
      return this.#refuse('ERR_WS_CONTROL_TOO_LONG', what, '§5.5');
    }
    return true;
  }

  /** Reads the rest of a header that lies whole at `source[start…]`. */
  #readLengthAndKey(source: Buffer, start: number): ParserStep {
    const shortLength = source[start + 1]! & 0b0111_1111;
    let length = shortLength;
    let at = start + 2;
    if (shortLength === 126) {
      length = source.readUInt16BE(at);
      at += 2;
    } else if (shortLength === 127) {
      // Not exact from 2^53, but then far above every limit.
      length = source.readUInt32BE(at) * 2 ** 32 + source.readUInt32BE(at + 4);
      at += 8;
    }
    this.payloadLength = length;
    this.#lengthKnown = true;
    if (!this.#acceptLength(shortLength, length, source[start + 2]!)) return ParserStep.invalid;
    if (this.#expectMasked) this.#maskingKey = source.readUInt32BE(at);
    this.#remaining = length;
    this.#inPayload = true;
    return ParserStep.header;
  }

  /** `third` is the first byte of a long length, if the length is long. */
  #acceptLength(shortLength: number, length: number, third: number): boolean {
    // MUST (RFC 6455 §5.2): the highest bit of a 64-bit length is 0.
    if (shortLength === 127 && (third & 0b1000_0000) !== 0) {
      const what = 'expected a 64-bit length with its highest bit 0, got 1';
      return this.#refuse('ERR_WS_LENGTH_HIGH_BIT', what, '§5.2');
    }
    // MUST (RFC 6455 §5.2): the shortest form, so that one frame has one encoding.
    if (shortLength >= 126 && length < (shortLength === 126 ? 126 : 65536)) {
      const what = `expected length ${length} in its shortest form, got a longer one`;
      return this.#refuse('ERR_WS_LENGTH_NOT_MINIMAL', what, '§5.2');
    }
    // The announced length decides: nothing is allocated or awaited for a message that is too big.
    if (this.opcode < Opcode.close && length > this.payloadLimitBytes) {
      const what = `expected at most ${this.payloadLimitBytes} more bytes, got ${length}`;
      return this.#refuse('ERR_WS_MESSAGE_TOO_BIG', what, '§7.4.1', CloseCode.messageTooBig);
    }
    return true;
  }

  #nextPayload(): ParserStep {
    const start = this.#position;
    const count = Math.min(this.#chunk.length - start, this.#remaining);
    if (count === 0 && this.#remaining > 0) return this.#needMore();
    const end = start + count;
    if (this.#expectMasked && count > 0) {
      mask(this.#chunk, start, end, this.#maskingKey);
      this.#maskingKey = rotateMaskingKey(this.#maskingKey, count);
    }
    this.payload = this.#chunk.subarray(start, end);
    this.#position = end;
    this.#remaining -= count;
    this.frameComplete = this.#remaining === 0;
    this.#inPayload = !this.frameComplete;
    return ParserStep.payload;
  }

  /** Everything was read: lets go of the chunk, so that an idle connection keeps none alive. */
  #needMore(): ParserStep {
    this.#chunkOffset += this.#position;
    this.#chunk = nothing;
    this.#position = 0;
    this.payload = nothing;
    return ParserStep.needMore;
  }

  #refuse(
    code: string,
    message: string,
    section: string,
    closeCode: number = CloseCode.protocolError,
  ): false {
    this.error = new WebSocketError(code, message, section, closeCode);
    return false;
  }
}

/** Bytes of a header whose second byte is this. */
function headerLength(second: number): number {
  const shortLength = second & 0b0111_1111;
  const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
  return 2 + lengthBytes + ((second & 0b1000_0000) !== 0 ? 4 : 0);
}
