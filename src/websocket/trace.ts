/**
 * A frame explained: every field with its place, value and meaning, and whether it may be so.
 *
 * Spec      RFC 6455 §5.2 layout, §5.3-§5.6, §7.4, §8.1
 * Next      trace-header.ts, trace-payload.ts - the rows; format-trace.ts - a trace for people;
 *           trace-stream.ts - a whole stream
 * Left out  inflating compressed payloads (RFC 7692), which takes the whole message
 */
import { Opcode } from './constants.ts';
import { brokenRule, markBroken } from './frame-trace.ts';
import type { FrameTrace, PayloadKind, TraceVerdict } from './frame-trace.ts';
import { TextJudge } from './text-judge.ts';
import { traceHeader } from './trace-header.ts';
import type { TracedHeader, TraceOptions } from './trace-header.ts';
import { judgeEnd, payloadRows, unmasked } from './trace-payload.ts';

/**
 * Explains the frame at the start of `bytes`, whole or not, valid or not (RFC 6455 §5.2). `bytes`
 * stay as they are. Of a text in several frames only the first is judged as text, for a character
 * may be cut in two between frames; StreamTracer judges them all. Throws a TypeError or RangeError
 * for arguments of the wrong kind, and for nothing else.
 */
export function traceFrame(bytes: Uint8Array, options: TraceOptions = {}): FrameTrace {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`bytes must be a Uint8Array, got ${typeof bytes}`);
  }
  checkTraceOptions(options);
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = traceHeader(source, options);
  if (header.verdict.kind !== 'ok') return assembleTrace(header);
  const length = header.fields?.payloadLength ?? 0;
  const payload = unmasked(source.subarray(header.bytes, header.bytes + length), header.maskingKey);
  const kind = payloadKind(header, options.unfinished ?? 'binary');
  const text = kind === 'text' && beginsMessage(header) ? new TextJudge() : undefined;
  return assembleTrace(header, {
    payload,
    count: payload.length,
    kind,
    verdict: judgePayload(header, payload, text),
  });
}

function judgePayload(
  header: TracedHeader,
  payload: Buffer,
  text: TextJudge | undefined,
): TraceVerdict {
  const start = header.byteOffset + header.bytes;
  const missingBytes = (header.fields?.payloadLength ?? 0) - payload.length;
  const bad =
    text?.push(payload) ?? (missingBytes === 0 ? judgeEnd(header, payload, text) : undefined);
  if (bad !== undefined) return brokenRule(bad.error, start + bad.index);
  return missingBytes > 0 ? { kind: 'incomplete', missingBytes } : { kind: 'ok' };
}

/** What the payload behind a header is; a continuation has more of `unfinished`. */
export function payloadKind({ fields }: TracedHeader, unfinished: PayloadKind): PayloadKind {
  const { opcode, rsv1 } = fields!;
  if (opcode >= Opcode.close) return 'control';
  if (opcode === Opcode.continuation) return unfinished;
  if (rsv1) return 'compressed';
  return opcode === Opcode.text ? 'text' : 'binary';
}

/** Whether a header begins a message, text or binary. */
export function beginsMessage({ fields }: TracedHeader): boolean {
  return fields?.opcode === Opcode.text || fields?.opcode === Opcode.binary;
}

/** A payload as far as it came: its first bytes, in clear, and how many there were of it. */
export interface TracedPayload {
  payload: Buffer;
  count: number;
  kind: PayloadKind;
  verdict: TraceVerdict;
}

/** Puts a trace together: a header, and the payload where the header let it be read. */
export function assembleTrace(header: TracedHeader, body?: TracedPayload): FrameTrace {
  const { byteOffset, sender, fields, bytes } = header;
  const { payload = Buffer.alloc(0), count = 0, verdict = header.verdict } = body ?? {};
  const behind = body === undefined ? [] : payloadRows(header, payload, count, body.kind);
  const rows = [...header.rows, ...behind];
  return {
    byteOffset,
    sender,
    header: fields,
    rows: verdict.kind === 'broken' ? markBroken(rows, verdict.code) : rows,
    verdict,
    bytesRead: bytes + count,
    payload,
    payloadKind: body?.kind,
  };
}

/** Checks options. Throws a TypeError or a RangeError that names the one that makes no sense. */
export function checkTraceOptions({ sender, extensionBits = 0 }: TraceOptions): void {
  if (sender !== undefined && sender !== 'client' && sender !== 'server') {
    throw new TypeError(`sender must be 'client' or 'server', got ${String(sender)}`);
  }
  if (!Number.isInteger(extensionBits) || (extensionBits & ~0b0111_0000) !== 0) {
    throw new RangeError(`extensionBits must be bits of 0b0111_0000, got ${extensionBits}`);
  }
}
