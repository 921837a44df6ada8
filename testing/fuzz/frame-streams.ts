/**
 * Streams of frames: what a lively peer sends, and the same with damage that knows what a frame is.
 *
 * Spec      RFC 6455 §5.2 layout, §5.4 fragments, §5.5 control frames
 * Next      frames-target.ts, connection-target.ts - try them
 * Left out  handshakes
 *
 * A stream is made as a list of frames, each with fields that may lie: the length announced and the
 * form it is written in need not fit the payload.
 */
import type { SeededRandom } from '../seeded-random.ts';
import { maskPlain } from '../../src/websocket/mask.ts';
import { mutateBytes, mutateList } from './mutation.ts';

/** A frame that need not be a legal one. */
export interface LooseFrame {
  /** fin, the three RSV bits and the opcode. */
  first: number;
  maskingKey: number | undefined;
  /** What the header says, which may be anything below 2^64. */
  announced: bigint;
  /** 0, 2 or 8 bytes behind the second one. */
  lengthBytes: number;
  payload: Buffer;
}

const texts = [
  '',
  'a',
  'Hello',
  'é',
  '€uro',
  '😀',
  '𐀀\u{10ffff}',
  '\u0000\ufffe',
  'ok\ud7ff\ue000',
];

/** Sequences on the edges of UTF-8, most of them broken. */
const notQuiteUtf8 = [
  'c0af',
  'e08080',
  'eda080',
  'f08080',
  'f4908080',
  'f5',
  '80',
  'e282',
  'ff',
  'c2',
];

const lengths = [0, 1, 2, 5, 7, 8, 9, 47, 48, 49, 63, 124, 125, 126, 127, 128, 255, 256, 1000];

const strangeLengths = [0n, 125n, 126n, 65535n, 65536n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n];

/** The shortest form of a length. */
function fittingLengthBytes(length: bigint): number {
  return length < 126n ? 0 : length < 65536n ? 2 : 8;
}

function frameOf(
  random: SeededRandom,
  first: number,
  payload: Buffer,
  masked: boolean,
): LooseFrame {
  const announced = BigInt(payload.length);
  const maskingKey = masked ? (random.below(8) === 0 ? 0 : random.uint32()) : undefined;
  return { first, maskingKey, announced, lengthBytes: fittingLengthBytes(announced), payload };
}

/** The bytes of such a frame, whatever it says. */
export function encodeLoosely(frame: LooseFrame): Buffer {
  const { first, maskingKey, announced, lengthBytes, payload } = frame;
  const maskBit = maskingKey === undefined ? 0 : 0b1000_0000;
  const short = lengthBytes === 8 ? 127 : lengthBytes === 2 ? 126 : Number(announced & 0x7fn);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt.asUintN(64, announced));
  const key = Buffer.alloc(maskingKey === undefined ? 0 : 4);
  if (maskingKey !== undefined) key.writeUInt32BE(maskingKey);
  const body = Buffer.from(payload);
  if (maskingKey !== undefined) maskPlain(body, 0, body.length, maskingKey);
  return Buffer.concat([
    Buffer.of(first, maskBit | short),
    length.subarray(8 - lengthBytes),
    key,
    body,
  ]);
}

function somePayload(random: SeededRandom, isText: boolean): Buffer {
  if (isText) {
    const parts = Array.from({ length: random.below(4) }, () =>
      random.below(12) === 0
        ? Buffer.from(random.pick(notQuiteUtf8), 'hex')
        : Buffer.from(random.pick(texts)),
    );
    return Buffer.concat(parts);
  }
  if (random.below(200) === 0) return Buffer.alloc(random.pick([65535, 65536, 65537]), 'x');
  return random.bytes(random.below(3) === 0 ? random.pick(lengths) : random.below(20));
}

function closePayload(random: SeededRandom): Buffer {
  if (random.below(4) === 0) return Buffer.alloc(random.below(2));
  const codes = [999, 1000, 1001, 1004, 1005, 1006, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000];
  const code = random.below(3) === 0 ? random.pick(codes) : 1000 + random.below(4);
  const body = Buffer.alloc(2);
  body.writeUInt16BE(code);
  const reason = random.below(20) === 0 ? random.bytes(124) : somePayload(random, true);
  return Buffer.concat([body, reason]);
}

/** A conversation that keeps the rules, but for text that is not UTF-8 and wrong close codes. */
function conversation(random: SeededRandom, masked: boolean): LooseFrame[] {
  const frames: LooseFrame[] = [];
  const control = () => {
    const payload = random.bytes(random.below(8) === 0 ? 125 : random.below(6));
    frames.push(frameOf(random, random.pick([0x89, 0x8a]), payload, masked));
  };
  for (let messages = random.below(5); messages > 0; messages--) {
    const isText = random.below(2) === 0;
    const whole = somePayload(random, isText);
    let opcode = isText ? 1 : 2;
    let at = 0;
    for (let pieces = random.below(3) === 0 ? random.below(5) : 0; pieces > 0; pieces--) {
      if (random.below(4) === 0) control();
      const end = Math.min(whole.length, at + random.below(whole.length + 2));
      frames.push(frameOf(random, opcode, whole.subarray(at, end), masked));
      [opcode, at] = [0, end];
    }
    if (random.below(4) === 0) control();
    frames.push(frameOf(random, 0x80 | opcode, whole.subarray(at), masked));
  }
  if (random.below(4) === 0) frames.push(frameOf(random, 0x88, closePayload(random), masked));
  return frames;
}

function damageFrame(random: SeededRandom, frame: LooseFrame): LooseFrame {
  const { first, maskingKey, announced, lengthBytes } = frame;
  const kind = random.below(8);
  if (kind === 0) return { ...frame, first: first ^ (1 << random.below(8)) };
  if (kind === 1) return { ...frame, first: (first & 0xf0) | random.below(16) };
  if (kind === 2) return { ...frame, maskingKey: maskingKey === undefined ? 7 : undefined };
  if (kind === 3) return { ...frame, lengthBytes: random.pick([0, 2, 8]) };
  if (kind === 4) return { ...frame, announced: random.pick(strangeLengths), lengthBytes: 8 };
  if (kind === 5) {
    const other = announced + BigInt(random.below(5)) - 2n;
    const length = other < 0n ? 0n : other;
    return { ...frame, announced: length, lengthBytes: fittingLengthBytes(length) };
  }
  if (kind === 6) {
    const payload = mutateBytes(random, frame.payload, Buffer.from('e2820080ff', 'hex'));
    const length = BigInt(payload.length);
    return { ...frame, payload, announced: length, lengthBytes: fittingLengthBytes(length) };
  }
  return { ...frame, lengthBytes, payload: frame.payload.subarray(0, random.below(4)) };
}

/** A stream: a third of them untouched, a third with damaged frames, a third with damaged bytes. */
export function someStream(random: SeededRandom, masked: boolean, known: Buffer): Buffer {
  let frames = conversation(random, masked);
  const kind = random.below(3);
  if (kind === 1) {
    for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
      frames = mutateList(random, frames, (frame) => damageFrame(random, frame));
    }
  }
  const bytes = Buffer.concat(frames.map(encodeLoosely));
  if (kind !== 2) return bytes;
  return random.below(2) === 0
    ? mutateBytes(random, known, bytes)
    : mutateBytes(random, bytes, known);
}

/** Sizes of chunks, to be used over and over; none means the whole stream at once. */
export function someCuts(random: SeededRandom): number[] {
  const largest = random.pick([2, 4, 16, 200]);
  return Array.from({ length: 1 + random.below(5) }, () => 1 + random.below(largest));
}

/** A stream as chunks of these sizes, each a copy of its own. */
export function cutUp(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  if (sizes.length === 0) return [Buffer.from(bytes)];
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + Math.max(1, sizes[turn % sizes.length]!);
    chunks.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return chunks;
}

/** The ways every stream is tried: whole, byte by byte (long ones less finely), and as given. */
export function splitsOf(bytes: Buffer, cuts: readonly number[]): Buffer[][] {
  const single = bytes.length <= 3000 ? [1] : [1, 2, 3, 997];
  return [cutUp(bytes, []), cutUp(bytes, single), cutUp(bytes, cuts.length > 0 ? cuts : [3])];
}
