/**
 * DER: bytes to a tree of values, strictly.
 *
 * Spec      ITU-T X.690 §8.1 tag, length, content; §10.1 lengths in their shortest form
 * Next      ../x509/certificate.ts - takes a certificate apart
 * Left out  tags above 30 and the indefinite length, which DER and certificates do not use
 */
import { ProtocolError } from '../../shared/index.ts';

/** One value: where it lies in the bytes that were read, and what is in it. */
export interface DerValue {
  tag: number;
  /** The whole value, with tag and length. */
  bytes: Buffer;
  content: Buffer;
  /** The values inside of a constructed one, in order; empty for the others. */
  children: DerValue[];
}

/** Bytes that are no DER. */
export class DerError extends ProtocolError {}

const constructedBit = 0b0010_0000;
const maxDepth = 32;

/** Reads one value that fills the bytes to their end. Throws a DerError for anything else. */
export function readDer(bytes: Uint8Array): DerValue {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value = readValue(all, 0, 0);
  if (value.bytes.length !== all.length) {
    throw refuse(
      'ERR_DER_TRAILING',
      `expected one value, got ${all.length - value.bytes.length} bytes more`,
      '§8.1',
    );
  }
  return value;
}

function readValue(bytes: Buffer, start: number, depth: number): DerValue {
  if (depth > maxDepth)
    throw refuse('ERR_DER_DEPTH', `expected at most ${maxDepth} levels`, '§8.1');
  if (bytes.length - start < 2) throw cutShort();
  const tag = bytes[start]!;
  if ((tag & 0b0001_1111) === 0b0001_1111) {
    throw refuse('ERR_DER_TAG', 'expected a tag of one byte, got a longer one', '§8.1.2');
  }
  const { length, contentStart } = readLength(bytes, start + 1);
  if (bytes.length - contentStart < length) throw cutShort();
  const end = contentStart + length;
  const content = bytes.subarray(contentStart, end);
  const children: DerValue[] = [];
  if ((tag & constructedBit) !== 0) {
    for (let at = 0; at < content.length; at += children.at(-1)!.bytes.length) {
      children.push(readValue(content, at, depth + 1));
    }
  }
  return { tag, bytes: bytes.subarray(start, end), content, children };
}

function readLength(bytes: Buffer, at: number): { length: number; contentStart: number } {
  const first = bytes[at]!;
  if (first < 0x80) return { length: first, contentStart: at + 1 };
  const count = first & 0x7f;
  // Four bytes of length are more than any buffer here; 80 alone would be the indefinite form.
  if (count === 0 || count > 4) {
    throw refuse('ERR_DER_LENGTH', `expected a length in 1 to 4 bytes, got ${count}`, '§8.1.3');
  }
  if (bytes.length - at - 1 < count) throw cutShort();
  const length = bytes.readUIntBE(at + 1, count);
  if (length < 0x80 || length < 256 ** (count - 1)) {
    throw refuse(
      'ERR_DER_LENGTH',
      'expected a length in its shortest form, got a longer one',
      '§10.1',
    );
  }
  return { length, contentStart: at + 1 + count };
}

function cutShort(): DerError {
  return refuse('ERR_DER_CUT_SHORT', 'expected more bytes, got the end', '§8.1');
}

function refuse(code: string, message: string, section: string): DerError {
  return new DerError(code, message, `X.690 ${section}`);
}
