/**
 * What one side of a connection sends, explained frame by frame, in any split.
 *
 * Spec      RFC 6455 §5.4 fragments, §5.5.1 what follows a close frame, §8.1 text across frames
 * Next      trace.ts - one frame alone; ../cli/inspect.ts - both sides of a connection
 * Left out  inflating (RFC 7692), for which whole compressed messages are handed out
 *
 * Memory is bounded: of a frame and of a message the first `keptBytes` are kept, whatever their
 * length; a text is judged while it passes.
 */
import { CloseCode, maxControlPayloadBytes, maxHeaderBytes, Opcode } from './constants.ts';
import type { Role } from './constants.ts';
import { brokenRule } from './frame-trace.ts';
import type { BrokenRule, FrameTrace, PayloadKind, TraceVerdict } from './frame-trace.ts';
import { mask, rotateMaskingKey } from './mask.ts';
import type { MessageKind } from './message-assembler.ts';
import { TextJudge } from './text-judge.ts';
import { assembleTrace, beginsMessage, checkTraceOptions, payloadKind } from './trace.ts';
import { traceHeader } from './trace-header.ts';
import type { TracedHeader } from './trace-header.ts';
import { judgeEnd } from './trace-payload.ts';
import { WebSocketError } from './websocket-error.ts';

/** What is known about a stream from elsewhere. */
export interface StreamTracerOptions {
  /** Who sends. Default: as the mask bit of the first frame tells. */
  sender?: Role | undefined;
  /** RSV bits (of 0b0111_0000) that a negotiated extension owns. Default 0. */
  extensionBits?: number;
  /** How much is kept of each payload and each message. Default 1 MiB. */
  keptBytes?: number;
}

/** A message that a frame has brought to its end. */
export interface TracedMessage {
  kind: MessageKind;
  compressed: boolean;
  frames: number;
  /** Its length, of which `payload` holds as much as is kept. */
  bytes: number;
  payload: Buffer;
}

/** A frame of the stream. */
export interface StreamFrame {
  trace: FrameTrace;
  /** The message that ends with it. */
  message: TracedMessage | undefined;
}

/** What is behind the last frame that was read: bytes that no receiver looks at. */
export interface StreamRest {
  byteOffset: number;
  bytes: number;
  /** What a sender does wrong by sending them; absent behind a frame that is broken itself. */
  rule: BrokenRule | undefined;
}

interface OpenFrame {
  header: TracedHeader;
  kind: PayloadKind;
  /** The key for the next byte. */
  maskingKey: number | undefined;
  count: number;
  kept: Kept;
}

interface OpenMessage {
  kind: MessageKind;
  compressed: boolean;
  frames: number;
  bytes: number;
  kept: Kept;
  text: TextJudge | undefined;
}

/** Reads the frames of one side. */
export class StreamTracer {
  /** Who sends, as soon as it is known. */
  sender: Role | undefined;
  /** RSV bits that an extension owns, from the next frame on. */
  extensionBits: number;
  /** Whether a close frame came. */
  closed = false;
  /** Whether a broken rule has ended the reading. */
  failed = false;

  readonly #keptBytes: number;
  /** Where the frame at hand begins. */
  #byteOffset = 0;
  #held: Buffer = Buffer.alloc(0);
  #frame: OpenFrame | undefined;
  #message: OpenMessage | undefined;
  #restBytes = 0;

  constructor(options: StreamTracerOptions = {}) {
    checkTraceOptions(options);
    this.sender = options.sender;
    this.extensionBits = options.extensionBits ?? 0;
    this.#keptBytes = options.keptBytes ?? 1024 * 1024;
  }

  /** Takes what comes next; gives the frames that end with it. The chunk stays as it is. */
  push(chunk: Buffer): StreamFrame[] {
    const found: StreamFrame[] = [];
    let at = 0;
    while (at < chunk.length && !this.closed && !this.failed) {
      at = this.#frame === undefined ? this.#readHeader(chunk, at, found) : at;
      if (this.#frame !== undefined) at = this.#readPayload(this.#frame, chunk, at, found);
    }
    this.#restBytes += chunk.length - at;
    return found;
  }

  /** The frame that has begun and not ended, as far as it came; for the end of the stream. */
  unfinishedFrame(): FrameTrace | undefined {
    if (this.#frame === undefined) {
      return this.#held.length === 0 ? undefined : assembleTrace(this.#traceHeader());
    }
    const { header, count } = this.#frame;
    const missingBytes = header.fields!.payloadLength! - count;
    return this.#trace(this.#frame, { kind: 'incomplete', missingBytes });
  }

  /** What the message holds that has begun and not ended. */
  get unfinishedMessage(): MessageKind | undefined {
    return this.#message?.kind;
  }

  /** What came behind a close frame, or behind a broken one. */
  get rest(): StreamRest | undefined {
    if (this.#restBytes === 0) return undefined;
    const byteOffset = this.#byteOffset;
    const rule = this.failed ? undefined : brokenRule(afterClose(this.#restBytes), byteOffset);
    return { byteOffset, bytes: this.#restBytes, rule };
  }

  #traceHeader(): TracedHeader {
    const { sender, extensionBits } = this;
    const byteOffset = this.#byteOffset;
    const unfinished = this.#message?.kind;
    return traceHeader(this.#held, { sender, extensionBits, byteOffset, unfinished });
  }

  #readHeader(chunk: Buffer, at: number, found: StreamFrame[]): number {
    const heldBefore = this.#held.length;
    const more = chunk.subarray(at, at + maxHeaderBytes - heldBefore);
    this.#held = Buffer.concat([this.#held, more]);
    const header = this.#traceHeader();
    if (header.verdict.kind === 'incomplete') return at + more.length;
    this.#held = Buffer.alloc(0);
    if (header.verdict.kind === 'broken') {
      found.push({ trace: this.#end(assembleTrace(header)), message: undefined });
      return at + header.bytes - heldBefore;
    }
    this.sender = header.sender;
    this.#begin(header);
    return at + header.bytes - heldBefore;
  }

  #begin(header: TracedHeader): void {
    const { opcode, fin, rsv1 } = header.fields!;
    if (beginsMessage(header)) {
      const kind = opcode === Opcode.text ? 'text' : 'binary';
      const text = kind === 'text' && !rsv1 ? new TextJudge() : undefined;
      const kept = new Kept(this.#keptBytes);
      this.#message = { kind, compressed: rsv1, frames: 0, bytes: 0, kept, text };
    }
    const message = this.#message;
    const unfinished = message?.compressed ? 'compressed' : (message?.kind ?? 'binary');
    const kind = payloadKind(header, unfinished);
    if (kind !== 'control' && message !== undefined) message.frames++;
    // A frame that is a whole message needs no second copy of it.
    const shared = kind !== 'control' && fin && message?.frames === 1 ? message.kept : undefined;
    const limit = kind === 'control' ? maxControlPayloadBytes : this.#keptBytes;
    const { maskingKey } = header;
    this.#frame = { header, kind, maskingKey, count: 0, kept: shared ?? new Kept(limit) };
  }

  #readPayload(frame: OpenFrame, chunk: Buffer, at: number, found: StreamFrame[]): number {
    const length = frame.header.fields!.payloadLength!;
    const piece = Buffer.from(chunk.subarray(at, at + length - frame.count));
    if (frame.maskingKey !== undefined) {
      mask(piece, 0, piece.length, frame.maskingKey);
      frame.maskingKey = rotateMaskingKey(frame.maskingKey, piece.length);
    }
    const start = this.#byteOffset + frame.header.bytes + frame.count;
    frame.count += piece.length;
    frame.kept.add(piece);
    const message = frame.kind === 'control' ? undefined : this.#message;
    if (message !== undefined) {
      message.bytes += piece.length;
      if (message.kept !== frame.kept) message.kept.add(piece);
    }
    const whole = frame.count === length;
    const bad =
      message?.text?.push(piece) ??
      (whole ? this.#judgeEnd(frame, piece, message?.text) : undefined);
    if (bad !== undefined) {
      const verdict = brokenRule(bad.error, start + bad.index);
      found.push({ trace: this.#end(this.#trace(frame, verdict)), message: undefined });
    } else if (whole) {
      found.push(this.#finish(frame));
    }
    return at + piece.length;
  }

  /** Of a control frame the whole payload is judged, of a text only how its last piece ends. */
  #judgeEnd(frame: OpenFrame, piece: Buffer, text: TextJudge | undefined) {
    const payload = frame.kind === 'control' ? frame.kept.bytes() : piece;
    const bad = judgeEnd(frame.header, payload, text);
    // Counted from the piece, as that of a text is.
    return bad && { ...bad, index: bad.index - (payload.length - piece.length) };
  }

  #finish(frame: OpenFrame): StreamFrame {
    const { fin, opcode } = frame.header.fields!;
    const trace = this.#end(this.#trace(frame, { kind: 'ok' }));
    if (opcode === Opcode.close) this.closed = true;
    if (frame.kind === 'control' || !fin || this.#message === undefined) {
      return { trace, message: undefined };
    }
    const { kind, compressed, frames, bytes, kept } = this.#message;
    this.#message = undefined;
    return { trace, message: { kind, compressed, frames, bytes, payload: kept.bytes() } };
  }

  #trace({ header, kind, count, kept }: OpenFrame, verdict: TraceVerdict): FrameTrace {
    return assembleTrace(header, { payload: kept.bytes(), count, kind, verdict });
  }

  /** The frame at hand is done with. */
  #end(trace: FrameTrace): FrameTrace {
    this.#frame = undefined;
    this.#byteOffset += trace.bytesRead;
    if (trace.verdict.kind === 'broken') this.failed = true;
    return trace;
  }
}

/** The first bytes of something long, gathered without copying them twice for each piece. */
class Kept {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(piece: Buffer): void {
    const room = this.#limit - this.#length;
    if (room <= 0 || piece.length === 0) return;
    const taken = piece.subarray(0, room);
    this.#length += taken.length;
    this.#pieces.push(taken);
    // Many small pieces cost more than their bytes.
    if (this.#pieces.length === 1024) this.#pieces = [Buffer.concat(this.#pieces)];
  }

  bytes(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]!;
  }
}

function afterClose(bytes: number): WebSocketError {
  const what = `expected nothing behind the close frame, got ${bytes} bytes`;
  return new WebSocketError('ERR_WS_AFTER_CLOSE', what, '§5.5.1', CloseCode.protocolError);
}
