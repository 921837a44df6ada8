/**
 * Dates as HTTP writes them.
 *
 * Spec      RFC 9110 §5.6.7 IMF-fixdate
 * Next      cookies/set-cookie.ts (Expires), http/io/static-files.ts (Last-Modified)
 * Left out  reading dates: cookies have an algorithm of their own, cookies/cookie-date.ts
 *
 *   Sun, 06 Nov 1994 08:49:37 GMT
 */

/**
 * Writes a date as IMF-fixdate, in whole seconds, always GMT.
 * Throws a RangeError for an invalid date and for years that do not have four digits.
 */
export function serializeHttpDate(date: Date): string {
  const year = date.getUTCFullYear();
  // NaN compares false, so an invalid date fails here too.
  if (!(year >= 0 && year <= 9999)) {
    throw new RangeError(`date must be valid and of a year 0000 to 9999, got ${String(date)}`);
  }
  // MUST (RFC 9110 §5.6.7): this one form when writing; ECMAScript's toUTCString is exactly it.
  return date.toUTCString();
}
