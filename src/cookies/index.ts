/**
 * Cookies as a server reads and writes them (draft-ietf-httpbis-rfc6265bis-22 §4).
 *
 * Reading order
 *   grammar.ts         which characters may stand where
 *   cookie-header.ts   the Cookie header of a request
 *   set-cookie.ts      the Set-Cookie header of a response
 */
export { maxCookiePairs, parseCookie, parseCookiePairs, serializeCookie } from './cookie-header.ts';
export type { CookiePair } from './cookie-header.ts';
export { serializeSetCookie } from './set-cookie.ts';
export type { SameSite, SetCookie } from './set-cookie.ts';
