/**
 * The character classes and small grammars that HTTP headers are made of.
 *
 * Spec      RFC 9110 §5.6.1 lists, §5.6.2 tokens, §5.6.3 white space
 * Next      websocket/handshake.ts, websocket/extensions.ts, cookies/grammar.ts
 * Left out  quoted strings and comments
 */

// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~"
//       / DIGIT / ALPHA                                                        (RFC 9110 §5.6.2)
const TCHAR_MARKS = "!#$%&'*+-.^_`|~";

/** Whether a character code is a `tchar`, one character of a token. */
export function isTokenCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code > 0x20 && code < 0x7f && TCHAR_MARKS.includes(String.fromCharCode(code)))
  );
}

/** Whether a text is a token: one `tchar` or more, nothing else. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isTokenCode(text.charCodeAt(i))) return false;
  }
  return text.length > 0;
}

/** Removes spaces and tabs (OWS, RFC 9110 §5.6.3) at both ends, and nothing else. */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** The elements of a comma-separated header value, trimmed, none empty (RFC 9110 §5.6.1.2). */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map(trimOws)
    .filter((element) => element !== '');
}

/** ASCII lower case: the 26 letters and nothing else, so that no other letter folds into them. */
export function asciiLowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
