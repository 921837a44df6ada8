/**
 * The head of an HTTP message, as text: its lines, and what the handshake looks at.
 *
 * Spec      RFC 9112 §2.1 message, §3 request line, §4 status line, §5 fields
 * Next      captured-handshake.ts - judges it
 * Left out  bodies; folded lines, which nobody may send any more
 */
import { asciiLowerCase, isToken, trimOws } from '../shared/index.ts';

/** A head, read. */
export interface HttpHead {
  /** The lines, without their ends. */
  lines: string[];
  /** The three parts of the first line. */
  start: readonly [string, string, string];
  /** Names in lower case; what came several times is joined, but for `Host`. */
  headers: Readonly<Record<string, string>>;
  /** Names and values in turn, as they came. */
  rawHeaders: string[];
}

/** Reads a head up to and with its empty line; undefined if it is none. */
export function parseHttpHead(text: string): HttpHead | undefined {
  const lines = text.replace(/\r\n\r\n$/, '').split('\r\n');
  const start = /^(\S+) (\S+) ?(.*)$/.exec(lines[0] ?? '');
  if (start === null) return undefined;
  const headers = new Map<string, string>();
  const rawHeaders: string[] = [];
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!isToken(name)) return undefined;
    const value = trimOws(line.slice(colon + 1));
    rawHeaders.push(name, value);
    const key = asciiLowerCase(name);
    const before = headers.get(key);
    if (before === undefined) headers.set(key, value);
    else if (key !== 'host') headers.set(key, `${before}, ${value}`);
  }
  const [, first = '', second = '', third = ''] = start;
  return {
    lines,
    start: [first, second, third],
    headers: Object.fromEntries(headers),
    rawHeaders,
  };
}
