/**
 * What two or more modules need.
 *
 * Reading order: protocol-error.ts, ascii.ts, http-date.ts, io/package-root.ts
 */
export { ProtocolError } from './protocol-error.ts';
export { asciiLowerCase, isToken, isTokenCode, splitList, trimOws } from './ascii.ts';
export { serializeHttpDate } from './http-date.ts';
export { packageRoot } from './io/package-root.ts';
