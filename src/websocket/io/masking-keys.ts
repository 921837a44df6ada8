/**
 * Masking keys of a client: fresh and unpredictable for each frame.
 *
 * Spec      RFC 6455 §5.3, §10.3 why they must not be guessed
 * Next      mask.ts - what is done with a key
 * Left out  -
 */
import { randomFillSync } from 'node:crypto';

// Keys are drawn many at a time: one call for each frame would cost more than masking it.
const maskingKeys = new Uint32Array(1024);
let nextKey = maskingKeys.length;

/** MUST (RFC 6455 §5.3): a fresh masking key for each frame, from a strong source of randomness. */
export function nextMaskingKey(): number {
  if (nextKey === maskingKeys.length) {
    randomFillSync(maskingKeys);
    nextKey = 0;
  }
  return maskingKeys[nextKey++]!;
}

/** A generator as npm ws takes it, which fills four bytes, as a source of keys. */
export function maskingKeysOf(generateMask: (mask: Buffer) => void): () => number {
  const bytes = Buffer.alloc(4);
  return () => {
    generateMask(bytes);
    return bytes.readUInt32BE(0);
  };
}
