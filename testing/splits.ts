/**
 * The ways a byte stream can arrive.
 *
 * Spec      -
 * Next      every test of a stream parser
 * Left out  trailing bytes, which only the test can make sense of
 */

/** One way to cut a stream: its name for the failure message, and fresh copies of the chunks. */
export interface Arrival {
  name: string;
  chunks: Buffer[];
}

/**
 * Whole, one byte at a time, and at every two-way split. Each chunk is a copy of its own, so that a
 * parser may unmask in place.
 */
export function* arrivals(bytes: Uint8Array): Generator<Arrival> {
  yield { name: 'whole', chunks: [Buffer.from(bytes)] };
  yield { name: 'byte by byte', chunks: [...bytes].map((byte) => Buffer.from([byte])) };
  for (let at = 1; at < bytes.length; at++) {
    const chunks = [Buffer.from(bytes.subarray(0, at)), Buffer.from(bytes.subarray(at))];
    yield { name: `split at ${at}`, chunks };
  }
}

/** Reads spaced hexadecimal: `'81 05 48 65'`. Throws a TypeError for anything else. */
export function hex(text: string): Buffer {
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new TypeError(`not hexadecimal bytes: ${text}`);
  return Buffer.from(digits, 'hex');
}
