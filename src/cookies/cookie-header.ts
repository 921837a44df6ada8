/**
 * The `Cookie` header of a request: read by a server, written one pair at a time.
 *
 * Spec      draft-ietf-httpbis-rfc6265bis-22 §4.2, §5.6 for what a pair without "=" means
 * Next      set-cookie.ts - begins with the same pair
 * Left out  decoding: a value is what was set, byte for byte (Node hands bytes over as latin1)
 *
 *   cookie-string = cookie-pair *( ";" SP cookie-pair )
 *
 *   theme=dark; lang=fr; lang=en           three pairs, two names; `lang` is fr
 *
 * Browsers send the cookie of the longer path first, so the first of two with one name is the one
 * that was meant for this page.
 */
import { trimOws } from '../shared/index.ts';
import { isCookieName, isCookieValue, maxPairBytes } from './grammar.ts';

/** So many pairs of one header are read; browsers keep 180 cookies of a site. */
export const maxCookiePairs = 1000;

/** A cookie as it travels in a request. A name is empty where a browser sent a bare value. */
export interface CookiePair {
  name: string;
  value: string;
}

/**
 * All pairs of a `Cookie` header in their order, at most 1,000. Reading is strict about nothing:
 * whatever a client sends gives pairs, and never an exception.
 */
export function parseCookiePairs(header: string): CookiePair[] {
  const pairs: CookiePair[] = [];
  let start = 0;
  while (start < header.length && pairs.length < maxCookiePairs) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon < 0 ? header.length : semicolon;
    const pair = parsePair(header.slice(start, end));
    if (pair !== undefined) pairs.push(pair);
    start = end + 1;
  }
  return pairs;
}

/**
 * The cookies of a `Cookie` header by name; of several with one name the first. A Map, so that
 * `__proto__` is a name like any other.
 */
export function parseCookie(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const { name, value } of parseCookiePairs(header)) {
    if (!cookies.has(name)) cookies.set(name, value);
  }
  return cookies;
}

/**
 * Writes one pair. Throws a TypeError that names the field and the value if the name is no token,
 * the value holds anything but cookie-octets, or both together have more than 4,096 bytes.
 */
export function serializeCookie(name: string, value: string): string {
  if (typeof name !== 'string' || !isCookieName(name)) {
    throw new TypeError(`name of a cookie must be a token (§4.1.1), got ${show(name)}`);
  }
  if (typeof value !== 'string' || !isCookieValue(value)) {
    throw new TypeError(
      'value of a cookie must hold no control character, space, quote, comma, semicolon, ' +
        `backslash or non-ASCII character (§4.1.1), got ${show(value)}`,
    );
  }
  // All of it is ASCII now, so characters are bytes. A browser drops a longer one without a word.
  const bytes = name.length + value.length;
  if (bytes > maxPairBytes) {
    throw new TypeError(
      `name and value of a cookie must have at most ${maxPairBytes} bytes (§5.6), ` +
        `got ${bytes} with value ${show(value)}`,
    );
  }
  return `${name}=${value}`;
}

/** Any value as a piece of an error message: quoted, escaped, and not longer than a line. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

// The slice is searched, not the header: a search for "=" that ran past the pair's end would read
// the rest of the header again for each pair that has none.
function parsePair(text: string): CookiePair | undefined {
  const equals = text.indexOf('=');
  // MUST (§5.6): without "=" the name is empty and the text is the value; only SP and HTAB are
  // trimmed, for with U+00A0 trimmed as well one cookie could pose as another.
  const name = equals < 0 ? '' : trimOws(text.slice(0, equals));
  const value = trimOws(text.slice(equals + 1));
  return name === '' && value === '' ? undefined : { name, value };
}
