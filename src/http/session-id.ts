/**
 * The visitor's session id, and the cookie it travels in.
 *
 * Spec      draft-ietf-httpbis-rfc6265bis-22 §4.1.3.2 the __Host- prefix; RFC 4648 §5 base64url
 * Next      io/visitor.ts - gives a visitor without an id a fresh one
 * Left out  what belongs to a session: this is its name only
 *
 *   __Host-session=EjRWeJCrze8SNFZ4kKvN7xI0; Path=/; Secure; HttpOnly; SameSite=Lax
 *
 *   18 random bytes are 144 bits and exactly 24 characters, no padding and no loose bits.
 */
import type { SetCookie } from '../cookies/index.ts';

/** `__Host-`: set over https by this very host, for all of it; no sibling can plant one. */
export const sessionCookieName = '__Host-session';

/** How many random bytes make an id. */
export const sessionIdBytes = 18;

/** An id from fresh random bytes. Throws a RangeError unless there are exactly 18. */
export function encodeSessionId(bytes: Uint8Array): string {
  if (bytes.length !== sessionIdBytes) {
    throw new RangeError(`bytes must be ${sessionIdBytes} random ones, got ${bytes.length}`);
  }
  return Buffer.from(bytes).toString('base64url');
}

/** Whether a text has the form of our ids. */
export function isSessionId(text: string): boolean {
  return /^[A-Za-z0-9_-]{24}$/.test(text);
}

/** The id among a request's cookies, or undefined where there is none of our form. */
export function readSessionId(cookies: ReadonlyMap<string, string>): string | undefined {
  const value = cookies.get(sessionCookieName);
  return value !== undefined && isSessionId(value) ? value : undefined;
}

/** The cookie that carries an id; without Max-Age it ends with the browser's session. */
export function sessionCookie(id: string): SetCookie {
  return {
    name: sessionCookieName,
    value: id,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Lax',
  };
}
