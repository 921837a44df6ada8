/**
 * Masking keys of a client, drawn many at a time.
 *
 * Spec      RFC 6455 §5.3, §10.3
 * Next      mask.ts - what they are for
 * Left out  -
 */
import { randomFillSync } from 'node:crypto';

// One call for each frame would cost more than masking it.
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
