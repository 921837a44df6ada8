/**
 * The trace of a frame that broke a rule, from the error that a connection was closed with.
 *
 * Spec      RFC 6455 §5.2
 * Next      websocket-error.ts - what an error keeps of its frame
 * Left out  the payload, which an error does not keep
 */
import { writeFrameHeader } from './frame.ts';
import { markBroken } from './frame-trace.ts';
import type { FrameTrace } from './frame-trace.ts';
import { traceHeader } from './trace-header.ts';
import { assembleTrace } from './trace.ts';
import type { FrameHeader, OffendingFrame, WebSocketError } from './websocket-error.ts';

/**
 * Explains the header of the frame that an error is about; undefined for an error without one, as
 * that of a deadline. Where the error could not keep the bytes of the header, they are written
 * again from its fields, without the masking key.
 */
export function traceError(error: WebSocketError): FrameTrace | undefined {
  const { frame, code, message, section, closeCode, likelyCauses } = error;
  if (frame === undefined) return undefined;
  const { byteOffset } = frame;
  // Bits that the error does not mind belong to an extension.
  const extensionBits = code === 'ERR_WS_RESERVED_BITS' ? 0 : 0b0111_0000;
  const traced = traceHeader(headerBytes(frame), { byteOffset, extensionBits });
  const rows = markBroken(traced.rows, code);
  const row = rows.find(({ verdict }) => verdict === code);
  const at = row?.byteRange[0] ?? byteOffset;
  const senders = { ERR_WS_MASK_REQUIRED: 'client', ERR_WS_MASK_FORBIDDEN: 'server' } as const;
  const sender = code in senders ? senders[code as keyof typeof senders] : traced.sender;
  return assembleTrace({
    ...traced,
    sender,
    rows,
    verdict: { kind: 'broken', code, message, section, closeCode, byteOffset: at, likelyCauses },
  });
}

/** The bytes that were kept, if they are those of the header. */
function headerBytes({ header, lastBytes }: OffendingFrame): Buffer {
  const kept = Buffer.from(lastBytes.replaceAll(' ', ''), 'hex');
  const read = traceHeader(kept);
  const names = Object.keys(header) as (keyof FrameHeader)[];
  if (read.fields !== undefined && names.every((name) => read.fields![name] === header[name])) {
    return kept.subarray(0, read.bytes);
  }
  const { fin, rsv1, rsv2, rsv3, opcode, masked, payloadLength = 0 } = header;
  const bits = [fin, rsv1, rsv2, rsv3].map(Number).join('');
  const first = (Number.parseInt(bits, 2) << 4) | opcode;
  const again = Buffer.alloc(10);
  const end = writeFrameHeader(again, 0, first, payloadLength, undefined);
  if (masked) again[1]! |= 0b1000_0000;
  return again.subarray(0, end);
}
