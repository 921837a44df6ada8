/**
 * Where frames go, and one frame written straight there.
 *
 * Spec      RFC 6455 §5.1 a client masks, §5.2 layout
 * Next      frame.ts - the header; message-sender.ts - which frames
 * Left out  handing over: what was written is committed by the caller
 */
import { headerBytes, writeFrameHeader } from './frame.ts';
import { mask } from './mask.ts';
import type { SendCallback } from './send-queue.ts';

/**
 * Where frames go. `reserve` and `written` come between frames that are not yet handed over, so
 * these two must not send anything; the others may throw, or call back into the connection.
 */
export interface SenderSink {
  /** Room in the owner's output ... */
  reserve(bytes: number): Buffer;
  /** ... which was filled from its start and is handed over. */
  commit(bytes: number): void;
  /** A frame encoded before and shared between connections: to be written, never to be changed. */
  forward(frame: Buffer): void;
  /** The frame committed next, at once after this, has somebody who wants to know its fate. */
  written(callback: SendCallback): void;
  /** A message was dropped that somebody wants to know of. */
  dropped(callback: SendCallback): void;
  /** Runs what does not come from the transport, so that all that is sent meanwhile goes out. */
  turn(work: () => void): void;
}

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
