/**
 * The grammar that a server's cookies are made of, one predicate for each rule.
 *
 * Spec      draft-ietf-httpbis-rfc6265bis-22 §4.1.1; RFC 1034 §3.5 and RFC 1123 §2.1 for domains
 * Next      cookie-header.ts, set-cookie.ts - write only what passes here
 * Left out  dates, which are written by shared/http-date.ts
 *
 *   cookie-pair = cookie-name "=" cookie-value
 *   cookie-av   = "Expires=" IMF-fixdate / "Max-Age=" 1*DIGIT / "Domain=" domain-value
 *               / "Path=" path-value / "Secure" / "HttpOnly" / "SameSite=" samesite-value
 */
import { isToken } from '../shared/index.ts';

/** Name and value of a cookie together may have so many bytes (§5.6). */
export const maxPairBytes = 4096;

/** The value of one attribute may have so many bytes (§5.6). */
export const maxAttributeValueBytes = 1024;

/** No cookie lives longer than 400 days (§5.5). */
export const maxLifetimeSeconds = 400 * 24 * 60 * 60;

// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
//              ; no control character, space, double quote, comma, semicolon, backslash
/** Whether a character code is a `cookie-octet`, one character of a value. */
export function isCookieOctet(code: number): boolean {
  return (
    code === 0x21 ||
    (code >= 0x23 && code <= 0x2b) ||
    (code >= 0x2d && code <= 0x3a) ||
    (code >= 0x3c && code <= 0x5b) ||
    (code >= 0x5d && code <= 0x7e)
  );
}

// cookie-name = token
/** Whether a text can be the name of a cookie. */
export function isCookieName(text: string): boolean {
  return isToken(text);
}

// cookie-value = *cookie-octet / ( DQUOTE *cookie-octet DQUOTE )
/** Whether a text can be the value of a cookie; quotes around it are part of the value. */
export function isCookieValue(text: string): boolean {
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return consistsOf(quoted ? text.slice(1, -1) : text, isCookieOctet);
}

// path-value = *av-octet
// av-octet   = %x20-3A / %x3C-7E           ; anything printable but ";"
// DEVIATION: no space, which no path of a request holds, and no comma, at which some old readers
// split a Set-Cookie line.
/** Whether a character code can stand in a `Path`. */
export function isPathOctet(code: number): boolean {
  return code > 0x20 && code < 0x7f && code !== 0x2c && code !== 0x3b;
}

// DEVIATION: a path begins with "/"; another one is not an error to a browser, but means the folder
// of the page instead (§5.1.4), which whoever wrote it did not ask for.
/** Whether a text can be the value of `Path`. */
export function isPathValue(text: string): boolean {
  return text.startsWith('/') && consistsOf(text, isPathOctet);
}

// domain-value = label *( "." label )
// label        = let-dig [ *61( let-dig / "-" ) let-dig ]                  (RFC 1034, RFC 1123)
/** Whether a text can be the value of `Domain`: no leading dot, none at the end. */
export function isDomainValue(text: string): boolean {
  return text.length <= maxDomainBytes && text.split('.').every(isLabel);
}

const maxDomainBytes = 253;
const maxLabelBytes = 63;
const hyphen = 0x2d;

function isLabel(label: string): boolean {
  return (
    label.length > 0 &&
    label.length <= maxLabelBytes &&
    !label.startsWith('-') &&
    !label.endsWith('-') &&
    consistsOf(label, (code) => isLetterOrDigit(code) || code === hyphen)
  );
}

// let-dig = ALPHA / DIGIT
/** Whether a character code is an ASCII letter or digit. */
export function isLetterOrDigit(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a)
  );
}

function consistsOf(text: string, isAllowed: (code: number) => boolean): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isAllowed(text.charCodeAt(i))) return false;
  }
  return true;
}
