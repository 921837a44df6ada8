/**
 * One frame written straight into the owner's output.
 *
 * Spec      RFC 6455 §5.1 a client masks, §5.2 layout
 * Next      frame.ts - the header; message-sender.ts - which frames
 * Left out  handing over: what was written is committed by the caller
 */
import { headerBytes, writeFrameHeader } from './frame.ts';
import { mask } from './mask.ts';

/** Where bytes are written, and who masks them. */
export interface FrameWriterOptions {
  /** Room in the output for so many bytes. */
  reserve(bytes: number): Buffer;
  /** A client's source of masking keys (§5.3); a server has none. */
  nextMaskingKey: (() => number) | undefined;
}

/** Writes a frame with this first byte and payload; its length in bytes. */
export function writeFrame(
  options: FrameWriterOptions,
  firstByte: number,
  data: string | Uint8Array,
): number {
  const maskingKey = options.nextMaskingKey?.();
  const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
  const bytes = headerBytes(length, maskingKey !== undefined) + length;
  const room = options.reserve(bytes);
  const start = writeFrameHeader(room, 0, firstByte, length, maskingKey);
  if (typeof data === 'string') room.write(data, start, length, 'utf8');
  else room.set(data, start);
  // MUST (RFC 6455 §5.1): a client masks every frame.
  if (maskingKey !== undefined) mask(room, start, bytes, maskingKey);
  return bytes;
}
