/**
 * One WebSocket frame: bytes to value and back.
 *
 * Spec      RFC 6455 §5.2 layout, §5.3 masking, §5.5 control frames
 * Next      frame-parser.ts - reads frames from a stream, in any split
 * Left out  the meaning of the RSV bits, which belongs to extensions (§9)
 *
 *   byte  bits  field        meaning
 *   0     1     fin          1 = last frame of its message
 *   0     3     rsv1-rsv3    0, unless an extension gave them a meaning
 *   0     4     opcode       see Opcode
 *   1     1     mask         1 from a client, 0 from a server (§5.1)
 *   1     7     length       0-125 itself; 126: next 2 bytes; 127: next 8 bytes
 *   2     16|64 length       only after 126 | 127, big-endian
 *   ...   32    maskingKey   only if mask = 1
 *   ...         payload      XORed with the key if mask = 1
 *
 *   81 85 37 fa 21 3d 7f 9f 4d 51 58      a client's "Hello"
 *   |  |  '---------' '------------'
 *   |  |  masking key  payload ^ key
 *   |  mask = 1, length = 5
 *   fin = 1, opcode = 1
 */
import type { Opcode } from './constants.ts';
import { mask, maskPlain } from './mask.ts';
import { toBytes } from './sendable.ts';

/** A frame as a value. `maskingKey` is there when the frame is masked; `payload` is in clear. */
export interface Frame {
  fin: boolean;
  rsv1: boolean;
  rsv2: boolean;
  rsv3: boolean;
  opcode: number;
  maskingKey: number | undefined;
  payload: Buffer;
}

/** Bytes of the header in front of a payload of this length. */
export function headerBytes(payloadLength: number, masked: boolean): number {
  const lengthBytes = payloadLength < 126 ? 0 : payloadLength < 65536 ? 2 : 8;
  return 2 + lengthBytes + (masked ? 4 : 0);
}

/**
 * Writes a frame header and returns the offset behind it.
 *
 * `firstByte` holds fin, the RSV bits and the opcode; `target` has room for `headerBytes(…)`.
 */
export function writeFrameHeader(
  target: Buffer,
  offset: number,
  firstByte: number,
  payloadLength: number,
  maskingKey: number | undefined,
): number {
  const maskBit = maskingKey === undefined ? 0 : 0b1000_0000;
  let at = offset;
  target[at++] = firstByte;
  // MUST (RFC 6455 §5.2): the shortest of the three forms.
  if (payloadLength < 126) {
    target[at++] = maskBit | payloadLength;
  } else if (payloadLength < 65536) {
    target[at++] = maskBit | 126;
    at = target.writeUInt16BE(payloadLength, at);
  } else {
    target[at++] = maskBit | 127;
    at = target.writeUInt32BE(Math.floor(payloadLength / 2 ** 32), at);
    at = target.writeUInt32BE(payloadLength % 2 ** 32, at);
  }
  return maskingKey === undefined ? at : target.writeUInt32BE(maskingKey, at);
}

/** What `encodeFrame` needs; a `maskingKey` makes it a client's frame. */
export interface FrameFields {
  opcode: Opcode;
  payload: Uint8Array;
  fin?: boolean;
  rsv1?: boolean;
  maskingKey?: number;
}

/**
 * A frame as bytes. The payload is copied; what was passed in stays as it is. Throws a TypeError
 * for a payload that is no bytes: its length would be anything.
 */
export function encodeFrame(fields: FrameFields): Buffer {
  const { opcode, fin = true, rsv1 = false, maskingKey } = fields;
  const payload = toBytes(fields.payload, 'payload');
  const frame = Buffer.allocUnsafe(
    headerBytes(payload.length, maskingKey !== undefined) + payload.length,
  );
  const start = writeFrameHeader(
    frame,
    0,
    firstByte(fin, rsv1, opcode),
    payload.length,
    maskingKey,
  );
  frame.set(payload, start);
  if (maskingKey !== undefined) mask(frame, start, frame.length, maskingKey);
  return frame;
}

/** The first byte of a header: fin, rsv1, opcode. */
export function firstByte(fin: boolean, rsv1: boolean, opcode: Opcode): number {
  return (fin ? 0b1000_0000 : 0) | (rsv1 ? 0b0100_0000 : 0) | opcode;
}

/**
 * Reads the frame at the start of `bytes`; undefined when it is not all there yet.
 *
 * This is §5.2 in reading order, without limits and without judging what it reads: for learning,
 * for tools, and the judge of FrameParser in the tests. A connection reads with FrameParser. Throws
 * a RangeError for lengths above 2^53 - 1, which no buffer can hold.
 */
export function decodeFrame(bytes: Buffer): { frame: Frame; bytesRead: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = [bytes[0]!, bytes[1]!];
  const masked = (second & 0b1000_0000) !== 0;
  const shortLength = second & 0b0111_1111;
  const lengthBytes = shortLength === 127 ? 8 : shortLength === 126 ? 2 : 0;
  const payloadStart = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < payloadStart) return undefined;

  let payloadLength = shortLength;
  if (lengthBytes === 2) payloadLength = bytes.readUInt16BE(2);
  if (lengthBytes === 8) {
    const wide = bytes.readBigUInt64BE(2);
    if (wide > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`payload length must be below 2^53, got ${wide}`);
    }
    payloadLength = Number(wide);
  }
  const end = payloadStart + payloadLength;
  if (bytes.length < end) return undefined;

  const maskingKey = masked ? bytes.readUInt32BE(payloadStart - 4) : undefined;
  const payload = Buffer.from(bytes.subarray(payloadStart, end));
  if (maskingKey !== undefined) maskPlain(payload, 0, payload.length, maskingKey);
  const frame: Frame = {
    fin: (first & 0b1000_0000) !== 0,
    rsv1: (first & 0b0100_0000) !== 0,
    rsv2: (first & 0b0010_0000) !== 0,
    rsv3: (first & 0b0001_0000) !== 0,
    opcode: first & 0b0000_1111,
    maskingKey,
    payload,
  };
  return { frame, bytesRead: end };
}
