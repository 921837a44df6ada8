/**
 * A frame explained, as a plain value.
 *
 * Spec      RFC 6455 §5.2, whose figure counts the bits
 * Next      trace.ts - makes such values; format-trace.ts - prints them
 * Left out  -
 *
 *   81 85 37 fa 21 3d 7f 9f 4d 51 58
 *
 *   byteRange  bitRange  bits       name    value  meaning                        section
 *   0-1        0-1       1... ....  fin     1      the last frame of its message  RFC 6455 §5.2
 *   0-1        4-8       .... 0001  opcode  0x1    text                           RFC 6455 §5.6
 */
import type { Role } from './constants.ts';
import type { MessageKind } from './message-assembler.ts';
import type { FrameHeader, WebSocketError } from './websocket-error.ts';

/** One field of a frame. */
export interface TraceRow {
  /** The first byte and the one behind the last, since the beginning of the stream. */
  byteRange: readonly [number, number];
  /** The first bit and the one behind the last, as the figure of §5.2 counts: from the frame's. */
  bitRange: readonly [number, number];
  /** The bits within their byte, `.` for those of other fields; absent for whole bytes. */
  bits: string | undefined;
  name: string;
  /** As it is written: `1`, `0x1`, `37 fa 21 3d`. */
  value: string;
  meaning: string;
  section: string;
  /** The code of the rule that the field breaks, if it breaks one. */
  verdict: RowVerdict;
}

/** What there is to say of one field. */
export type RowVerdict = 'ok' | 'incomplete' | `ERR_${string}`;

/** The rule that a frame breaks. */
export interface BrokenRule {
  kind: 'broken';
  code: string;
  message: string;
  section: string;
  /** What the peer is told. */
  closeCode: number;
  /** Where it shows, in bytes since the beginning of the stream. */
  byteOffset: number;
  likelyCauses: readonly string[];
}

/** What there is to say of a whole frame; `missingBytes` are those that have to come at least. */
export type TraceVerdict =
  { kind: 'ok' } | { kind: 'incomplete'; missingBytes: number } | BrokenRule;

/** What a payload is: characters, bytes, what a compressor made of either, or a control frame's. */
export type PayloadKind = MessageKind | 'compressed' | 'control';

/** A frame explained. */
export interface FrameTrace {
  /** Where the frame begins, in bytes since the beginning of the stream. */
  byteOffset: number;
  /** Who sent it: as was said, else by the mask bit; absent where that has not come. */
  sender: Role | undefined;
  /** The header as values, as soon as its first two bytes are there. */
  header: FrameHeader | undefined;
  rows: readonly TraceRow[];
  verdict: TraceVerdict;
  /** How many bytes belong to the frame, of those that were there. */
  bytesRead: number;
  /** The payload in clear, as far as it is there; a stream keeps the beginning of long ones. */
  payload: Buffer;
  /** Absent where the header did not come to an end, or was not taken. */
  payloadKind: PayloadKind | undefined;
}

/** The fields in which a broken rule shows: the last of them that the frame has. */
const fieldsOfCode = new Map<string, readonly string[]>([
  ['ERR_WS_OPCODE', ['opcode']],
  ['ERR_WS_MASK_REQUIRED', ['mask']],
  ['ERR_WS_MASK_FORBIDDEN', ['mask']],
  ['ERR_WS_CONTROL_FRAGMENTED', ['fin']],
  ['ERR_WS_CONTROL_TOO_LONG', ['length']],
  ['ERR_WS_LENGTH_HIGH_BIT', ['length', 'extendedLength']],
  ['ERR_WS_LENGTH_NOT_MINIMAL', ['length', 'extendedLength']],
  ['ERR_WS_MESSAGE_TOO_BIG', ['length', 'extendedLength']],
  ['ERR_WS_FRAGMENT_ORDER', ['opcode']],
  ['ERR_WS_TOO_MANY_FRAGMENTS', ['opcode']],
  ['ERR_WS_CLOSE_PAYLOAD', ['payload']],
  ['ERR_WS_CLOSE_CODE', ['code']],
  ['ERR_WS_INVALID_UTF8', ['payload', 'reason']],
]);

/** The rows with the broken one marked; those of reserved bits are marked from the beginning. */
export function markBroken(rows: readonly TraceRow[], code: string): TraceRow[] {
  const names = fieldsOfCode.get(code) ?? [];
  const broken = rows.findLast(({ name }) => names.includes(name));
  return rows.map((row) => (row === broken ? { ...row, verdict: code as RowVerdict } : row));
}

/** A broken rule as a plain value. */
export function brokenRule(error: WebSocketError, byteOffset: number): BrokenRule {
  const { code, message, section, closeCode, likelyCauses } = error;
  return { kind: 'broken', code, message, section, closeCode, byteOffset, likelyCauses };
}
