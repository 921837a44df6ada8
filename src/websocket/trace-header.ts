/**
 * The header of a frame, read and judged for a trace.
 *
 * Spec      RFC 6455 §5.2, with §5.1 (mask), §5.4 (fragments), §5.5 (control frames)
 * Next      trace-header-rows.ts - its fields; trace-payload.ts - what comes behind it
 * Left out  rules: FrameParser and MessageAssembler judge here too
 */
import { maxHeaderBytes, Opcode } from './constants.ts';
import type { Role } from './constants.ts';
import { FrameParser, ParserStep } from './frame-parser.ts';
import { brokenRule, markBroken } from './frame-trace.ts';
import type { TraceRow, TraceVerdict } from './frame-trace.ts';
import { MessageAssembler } from './message-assembler.ts';
import type { MessageKind } from './message-assembler.ts';
import { headerRows } from './trace-header-rows.ts';
import type { FrameHeader, WebSocketError } from './websocket-error.ts';

/** What is known about a frame from elsewhere. */
export interface TraceOptions {
  /** Who sent it. Default: unknown, so that it may be masked or not. */
  sender?: Role | undefined;
  /** What the message holds that has begun and not ended. Default: none has. */
  unfinished?: MessageKind | undefined;
  /** RSV bits (of 0b0111_0000) that a negotiated extension owns. Default 0. */
  extensionBits?: number;
  /** Where the frame begins in its stream. Default 0. */
  byteOffset?: number;
  /** The largest payload of a data frame that is taken. Default: no limit. */
  payloadLimitBytes?: number;
}

/** A header explained. `verdict` is ok where it is whole and may be so. */
export interface TracedHeader {
  byteOffset: number;
  sender: Role | undefined;
  fields: FrameHeader | undefined;
  rows: readonly TraceRow[];
  verdict: TraceVerdict;
  /** The length of the header, or what was there of it. */
  bytes: number;
  maskingKey: number | undefined;
}

/** Explains the header at the start of `source`, whole or not. */
export function traceHeader(source: Buffer, options: TraceOptions = {}): TracedHeader {
  const { byteOffset = 0, extensionBits = 0 } = options;
  const second = source[1];
  const bytesWanted = headerLength(second);
  const bytes = Math.min(bytesWanted, source.length);
  const fields = readFields(source);
  const byMask = fields?.masked ? 'client' : 'server';
  const sender = options.sender ?? (fields && byMask);
  const rows = headerRows(source.subarray(0, bytes), byteOffset, extensionBits);
  const maskingKey =
    fields?.masked && bytes === bytesWanted ? source.readUInt32BE(bytes - 4) : undefined;
  const known = { byteOffset, sender, fields, bytes, maskingKey };

  const error = judge(source, sender, options);
  if (error !== undefined) {
    const marked = markBroken(rows, error.code);
    const broken = marked.find(({ verdict }) => verdict === error.code);
    const at = broken?.byteRange[0] ?? byteOffset;
    return { ...known, rows: marked, verdict: brokenRule(error, at) };
  }
  const missingBytes = bytesWanted - bytes;
  const verdict: TraceVerdict =
    missingBytes > 0 ? { kind: 'incomplete', missingBytes } : { kind: 'ok' };
  return { ...known, rows, verdict };
}

/** What FrameParser says of the header, and then MessageAssembler of its place in a message. */
function judge(
  source: Buffer,
  sender: Role | undefined,
  options: TraceOptions,
): WebSocketError | undefined {
  const { extensionBits = 0, payloadLimitBytes = Infinity, unfinished } = options;
  const parser = new FrameParser({ expectMasked: sender === 'client', extensionBits });
  parser.payloadLimitBytes = payloadLimitBytes;
  // A copy, for the parser unmasks what is pushed.
  parser.push(Buffer.from(source.subarray(0, maxHeaderBytes)));
  if (parser.next() !== ParserStep.header) return parser.error;
  if (parser.opcode >= Opcode.close) return undefined;
  const assembler = new MessageAssembler({ maxMessageBytes: Infinity });
  if (unfinished !== undefined) assembler.begin(false, Opcode[unfinished], 0);
  return assembler.begin(parser.fin, parser.opcode, parser.payloadLength);
}

function readFields(source: Buffer): FrameHeader | undefined {
  const [first, second] = [source[0], source[1]];
  if (first === undefined || second === undefined) return undefined;
  return {
    fin: (first & 0b1000_0000) !== 0,
    rsv1: (first & 0b0100_0000) !== 0,
    rsv2: (first & 0b0010_0000) !== 0,
    rsv3: (first & 0b0001_0000) !== 0,
    opcode: first & 0b0000_1111,
    masked: (second & 0b1000_0000) !== 0,
    payloadLength: readLength(source, second & 0b0111_1111),
  };
}

/** Not exact from 2^53, as in FrameParser. */
function readLength(source: Buffer, short: number): number | undefined {
  if (short < 126) return short;
  if (short === 126) return source.length < 4 ? undefined : source.readUInt16BE(2);
  return source.length < 10 ? undefined : Number(source.readBigUInt64BE(2));
}

/** Bytes of a header with this second byte; 2 at least, before that one is there. */
function headerLength(second = 0): number {
  const short = second & 0b0111_1111;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  return 2 + lengthBytes + ((second & 0b1000_0000) === 0 ? 0 : 4);
}
