/**
 * DER: values to bytes, each as a tag, a length and a content.
 *
 * Spec      ITU-T X.690 §8 the encodings, §10-§11 what DER narrows them to
 * Next      ../x509/certificate.ts - calls nest there as the ASN.1 does
 * Left out  reading: reader.ts
 *
 *   30 0d                 SEQUENCE, 13 bytes
 *     02 01 05              INTEGER 5
 *     06 03 55 04 03        OBJECT IDENTIFIER 2.5.4.3
 *     0c 03 62 6f 62        UTF8String "bob"
 *
 *   length   0-127    one byte
 *            128-     80 + how many bytes follow, then the length in them, no leading zero
 */

/** The tags that certificates use (X.680 §8.6). Constructed ones have bit 0b0010_0000. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Any value: a tag of one byte, the length in its shortest form, the content. */
export function encodeValue(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), encodeLength(body.length), body]);
}

/** SEQUENCE: its members, one behind the other. */
export function sequence(...members: readonly Uint8Array[]): Buffer {
  return encodeValue(Tag.sequence, ...members);
}

/** SET OF: the members sorted by their bytes, as DER wants it (X.690 §11.6). */
export function setOf(...members: readonly Uint8Array[]): Buffer {
  return encodeValue(Tag.set, ...[...members].sort(Buffer.compare));
}

/** A value within an explicit or constructed context tag, `[number]`. */
export function explicit(number: number, ...content: readonly Uint8Array[]): Buffer {
  return encodeValue(0b1010_0000 | number, ...content);
}

/** A primitive context tag, `[number] IMPLICIT`: the content without its own tag. */
export function implicit(number: number, content: Uint8Array): Buffer {
  return encodeValue(0b1000_0000 | number, content);
}

/** BOOLEAN: true is FF (X.690 §11.1). */
export function boolean(value: boolean): Buffer {
  return encodeValue(Tag.boolean, Buffer.from([value ? 0xff : 0x00]));
}

/** NULL. */
export function nullValue(): Buffer {
  return encodeValue(Tag.null);
}

/** INTEGER: two's complement in as few bytes as hold it (X.690 §8.3). */
export function integer(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
    // Done once the sign bit of the first byte says what all the bits left out would say.
  } while (rest !== (bytes[0]! >= 0x80 ? -1n : 0n));
  return encodeValue(Tag.integer, Buffer.from(bytes));
}

/** BIT STRING of whole bytes: no unused bits. */
export function bitString(bytes: Uint8Array): Buffer {
  return encodeValue(Tag.bitString, Buffer.from([0]), bytes);
}

/**
 * BIT STRING of named bits, bit 0 the highest of the first byte, without zero bits at the end
 * (X.690 §11.2.2).
 */
export function namedBits(...bits: readonly number[]): Buffer {
  if (bits.length === 0) return encodeValue(Tag.bitString, Buffer.from([0]));
  const last = Math.max(...bits);
  const bytes = Buffer.alloc((last >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3]! |= 0b1000_0000 >> (bit & 7);
  return encodeValue(Tag.bitString, Buffer.from([7 - (last & 7)]), bytes);
}

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Buffer {
  return encodeValue(Tag.octetString, bytes);
}

/** UTF8String. */
export function utf8String(text: string): Buffer {
  return encodeValue(Tag.utf8String, Buffer.from(text, 'utf8'));
}

/**
 * OBJECT IDENTIFIER from its dotted form: the first two numbers share a value, each value goes in
 * base 128 (X.690 §8.19). Throws a TypeError for what is none.
 */
export function objectIdentifier(dotted: string): Buffer {
  if (!/^[0-2](\.(0|[1-9]\d*))+$/.test(dotted)) {
    throw new TypeError(`object identifier must be numbers with dots, got ${dotted}`);
  }
  const [first = 0n, second = 0n, ...rest] = dotted.split('.').map(BigInt);
  if (first < 2n && second > 39n) {
    throw new TypeError(`object identifier below 2 must go on with 0-39, got ${dotted}`);
  }
  const values = [first * 40n + second, ...rest];
  return encodeValue(Tag.objectIdentifier, Buffer.from(values.flatMap(base128)));
}

/** Seven bits to a byte, the highest first; all but the last have their top bit set. */
function base128(value: bigint): number[] {
  const bytes = [Number(value & 0x7fn)];
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) bytes.unshift(0x80 | Number(rest & 0x7fn));
  return bytes;
}

/**
 * Time as certificates write it: UTCTime through 2049, GeneralizedTime from 2050; seconds, and Z.
 * Throws a RangeError for an invalid date and for years outside of 1950 to 9999.
 */
export function time(date: Date): Buffer {
  const year = date.getUTCFullYear();
  if (!(year >= 1950 && year <= 9999)) {
    throw new RangeError(`date must be valid and of a year 1950 to 9999, got ${String(date)}`);
  }
  // 2026-11-23T22:00:00.000Z without its marks and its milliseconds
  const digits = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  // MUST (RFC 5280 §4.1.2.5): which of the two forms depends on the year alone.
  return year < 2050
    ? encodeValue(Tag.utcTime, Buffer.from(digits.slice(2)))
    : encodeValue(Tag.generalizedTime, Buffer.from(digits));
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}
