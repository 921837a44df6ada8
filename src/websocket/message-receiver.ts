/**
 * What arrives, in order: chunks in, whole messages and control frames out.
 *
 * Spec      RFC 6455 §5.4 fragments, §5.5 control frames between them, §6.2 receiving data
 * Next      frame-parser.ts and message-assembler.ts - the two steps; protocol.ts - who owns this
 * Left out  what a control frame leads to, and closing: protocol.ts
 *
 *   chunk --FrameParser--> pieces of frames --MessageAssembler--> message ------------> out
 *                              '--> a control frame, whole --> out     '--> codec --> out, later
 *
 * While a message is being decoded nothing behind it is read, so that the order is kept.
 */
import { isUtf8 } from 'node:buffer';
import { Opcode } from './constants.ts';
import type { Role } from './constants.ts';
import { FrameParser, ParserStep } from './frame-parser.ts';
import { invalidText, MessageAssembler } from './message-assembler.ts';
import type { MessageKind } from './message-assembler.ts';
import { memoryBudgetReached, unlimitedBudget } from './memory-budget.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ProtocolMemory } from './memory.ts';
import type { PayloadCodec } from './payload-codec.ts';
import type { WebSocketError } from './websocket-error.ts';

/** What comes out. Each call may throw, or call back into the connection. */
export interface ReceiverCalls {
  /** Whether frames are looked at: not before the handshake, and not after the close frame. */
  isReading(): boolean;
  message(data: Buffer, kind: MessageKind): void;
  /** A close, ping or pong frame. */
  control(opcode: number, payload: Buffer): void;
  /** The peer broke a rule. */
  failed(error: WebSocketError): void;
  /** Runs what does not come from the transport. */
  turn(work: () => void): void;
}

/** How a MessageReceiver is set up. */
export interface ReceiverOptions {
  role: Role;
  maxMessageBytes: number;
  maxFragments?: number | undefined;
  skipUtf8Validation?: boolean | undefined;
  codec?: PayloadCodec | undefined;
  /** Who is charged for unfinished messages. Default: nobody. */
  budget?: MemoryBudget | undefined;
}

const empty = Buffer.alloc(0);
/** RFC 7692 §6: the RSV bit that says that a message is compressed. */
const rsv1 = 0b0100_0000;

/** The receiving half of one connection. */
export class MessageReceiver {
  /** Messages that came out whole. */
  messagesReceived = 0;
  /** Whether a message is being decoded. */
  isDecoding = false;

  readonly #calls: ReceiverCalls;
  readonly #parser: FrameParser;
  readonly #assembler: MessageAssembler;
  readonly #codec: PayloadCodec | undefined;
  readonly #maxMessageBytes: number;
  readonly #checksText: boolean;
  readonly #budget: MemoryBudget;
  /** Bytes of the message being decoded, as it came. */
  #decodingBytes = 0;
  #paused = false;
  /** Whether `read` is on the stack: what comes out may call `resume` from within. */
  #reading = false;
  /** A message that was decoded, and waits until reading is not paused. */
  #decoded: { data: Buffer; kind: MessageKind } | undefined;
  /** Pieces of a control frame that is split over chunks. */
  #controlPayload: Buffer = empty;

  constructor(calls: ReceiverCalls, options: ReceiverOptions) {
    const { role, maxMessageBytes, maxFragments, codec, budget = unlimitedBudget } = options;
    const skipUtf8Validation = options.skipUtf8Validation ?? false;
    this.#calls = calls;
    this.#codec = codec;
    this.#budget = budget;
    this.#maxMessageBytes = maxMessageBytes;
    this.#checksText = !skipUtf8Validation;
    this.#assembler = new MessageAssembler({
      maxMessageBytes,
      maxFragments,
      skipUtf8Validation,
      budget,
    });
    const extensionBits = codec === undefined ? 0 : rsv1;
    this.#parser = new FrameParser({ expectMasked: role === 'server', extensionBits });
    this.#parser.payloadLimitBytes = this.#assembler.remainingBytes;
  }

  /** Which message has begun and not ended, counted from 1; undefined between messages. */
  get unfinishedMessage(): number | undefined {
    return this.#assembler.isUnfinished ? this.#assembler.messagesBegun : undefined;
  }

  /** What is held here, in bytes. */
  get memory(): Pick<ProtocolMemory, 'parser' | 'message' | 'decoding'> {
    return {
      parser: this.#parser.memoryBytes + this.#controlPayload.length,
      message: this.#assembler.memoryBytes,
      decoding: this.#decodingBytes + (this.#decoded?.data.length ?? 0),
    };
  }

  /** Takes a chunk, which belongs to this from now on, and reads it. */
  push(chunk: Buffer): void {
    this.#parser.push(chunk);
    this.#read();
  }

  /** Nothing comes out until `resume`; what arrives is kept. */
  pause(): void {
    this.#paused = true;
  }

  /** Reads on, first what was kept. */
  resume(): void {
    this.#paused = false;
    this.#read();
  }

  /** The connection has closed: forgets what was not read, and what is unfinished. */
  discard(): void {
    this.#parser.discard();
    this.#controlPayload = empty;
    this.#assembler.discard();
    this.#decoded = undefined;
    this.#budget.give(this.#decodingBytes);
    this.#decodingBytes = 0;
  }

  /** The peer broke a rule in the frame read last: says where. */
  fail(error: WebSocketError): void {
    error.frame = this.#parser.describeFrame();
    this.#calls.failed(error);
  }

  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#paused && !this.isDecoding && this.#calls.isReading()) {
        if (this.#decoded !== undefined) {
          this.#takeDecoded(this.#decoded);
          continue;
        }
        const step = this.#parser.next();
        if (step === ParserStep.needMore) break;
        else if (step === ParserStep.payload) this.#takePayload();
        else if (step === ParserStep.header) this.#takeHeader();
        else this.fail(this.#parser.error!);
      }
    } finally {
      this.#reading = false;
    }
  }

  #takeHeader(): void {
    const parser = this.#parser;
    if (parser.opcode >= Opcode.close) return;
    const { fin, opcode, payloadLength } = parser;
    const error = this.#assembler.begin(fin, opcode, payloadLength, parser.rsv1);
    if (error !== undefined) this.fail(error);
  }

  #takePayload(): void {
    const parser = this.#parser;
    if (parser.opcode >= Opcode.close) return this.#takeControlPayload();
    const result = this.#assembler.add(parser.payload, parser.frameComplete);
    if (typeof result === 'object') return this.fail(result);
    if (parser.frameComplete) parser.payloadLimitBytes = this.#assembler.remainingBytes;
    if (!result) return;
    const { message, kind, isEncoded } = this.#assembler;
    this.#assembler.release();
    if (isEncoded) return this.#decode(message, kind);
    this.messagesReceived++;
    this.#calls.message(message, kind);
  }

  #takeControlPayload(): void {
    const { payload: piece, frameComplete, opcode } = this.#parser;
    const held = this.#controlPayload;
    const payload = held.length === 0 ? piece : Buffer.concat([held, piece]);
    // A piece is a view into its chunk: what has to wait for the next one is kept as a copy.
    this.#controlPayload = frameComplete ? empty : Buffer.from(payload);
    if (frameComplete) this.#calls.control(opcode, payload);
  }

  #decode(encoded: Buffer, kind: MessageKind): void {
    if (!this.#budget.take(encoded.length)) return this.fail(memoryBudgetReached());
    this.#decodingBytes = encoded.length;
    this.isDecoding = true;
    this.#codec!.decode(encoded, this.#maxMessageBytes, (error, data) => {
      this.#calls.turn(() => {
        this.isDecoding = false;
        this.#budget.give(this.#decodingBytes);
        this.#decodingBytes = 0;
        if (!this.#calls.isReading()) return;
        if (error !== undefined) return this.fail(error);
        this.#decoded = { data, kind };
        this.#read();
      });
    });
  }

  #takeDecoded({ data, kind }: { data: Buffer; kind: MessageKind }): void {
    this.#decoded = undefined;
    // MUST (RFC 6455 §8.1): the text is what must be UTF-8, and not its compressed form.
    if (kind === 'text' && this.#checksText && !isUtf8(data)) return this.fail(invalidText());
    this.messagesReceived++;
    this.#calls.message(data, kind);
  }
}
