/**
 * What two or more modules need.
 *
 * Reading order: protocol-error.ts, ascii.ts, http-date.ts, token-bucket.ts
 */
export { ProtocolError } from './protocol-error.ts';
export { asciiLowerCase, isToken, isTokenCode, splitList, trimOws } from './ascii.ts';
export { serializeHttpDate } from './http-date.ts';
export { TokenBucket } from './token-bucket.ts';
