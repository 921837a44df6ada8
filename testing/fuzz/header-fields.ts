/**
 * Header fields as a peer may write them: names and values in a row, with damage that knows them.
 *
 * Spec      RFC 9110 §5.1, §5.3, §5.6; RFC 6455 §4.1, §4.2, §9.1
 * Next      handshake-target.ts - whole handshakes; grammar-target.ts - single values
 * Left out  the parser of HTTP, which is Node's
 *
 * The plain readings of lists and extensions here are the second opinion on those of `src/`.
 */
import type { SeededRandom } from '../seeded-random.ts';
import { mutateList, mutateText } from './mutation.ts';

/** A name and its value. */
export type Field = [name: string, value: string];

/** Words on which handshakes turn. */
export const handshakeWords = [
  'websocket',
  'Upgrade',
  'keep-alive',
  'h2c',
  '13',
  '8',
  ', ',
  'chat',
  'superchat',
  'constructor',
  '__proto__',
  'permessage-deflate',
  'client_max_window_bits',
  'server_max_window_bits=15',
  'server_no_context_takeover',
  '; ',
  '=',
  '"10"',
  '"a\\"b"',
  'dGhlIHNhbXBsZSBub25jZQ==',
  's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
  'http://',
  'localhost',
  'example.com',
  '127.0.0.1',
  '[::1]',
  ':80',
  'null',
];

/** Names of fields that a handshake looks at, and of some that objects have by themselves. */
const fieldNames = [
  'Host',
  'Upgrade',
  'Connection',
  'Origin',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Version',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Sec-WebSocket-Accept',
  'constructor',
  '__proto__',
  'toString',
  'Cookie',
];

/** Fields with one to three changes. */
export function mutateFields(random: SeededRandom, fields: readonly Field[]): Field[] {
  let changed = [...fields];
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
    const kind = random.below(8);
    if (kind === 0) {
      const extra: Field = [random.pick(fieldNames), random.pick(handshakeWords)];
      changed.splice(random.below(changed.length + 1), 0, extra);
      continue;
    }
    changed = mutateList(random, changed, ([name, value]): Field => {
      if (random.below(6) === 0) return [random.pick(fieldNames), value];
      if (random.below(6) === 0) return [name.toUpperCase(), value];
      return [name, mutateText(random, value, handshakeWords)];
    });
  }
  return changed.slice(0, 40);
}

/** Fields of which Node keeps the first; it joins all others. */
const keptOnce = new Set(['host', 'content-type', 'content-length', 'authorization', 'location']);

/** The fields as `node:http` hands them over. */
export function asNodeHeaders(fields: readonly Field[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    if (key === '__proto__') continue;
    const before = Object.hasOwn(headers, key) ? headers[key] : undefined;
    if (key === 'set-cookie') headers[key] = [...(before ?? []), value];
    else if (before === undefined) headers[key] = value;
    else if (!keptOnce.has(key)) headers[key] = `${String(before)}, ${value}`;
  }
  return headers;
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";

/** Whether a text is a token. */
export function isPlainToken(text: string): boolean {
  return new RegExp(`^${token}$`).test(text);
}

/** The elements of a list, none empty. */
export function plainList(value: string): string[] {
  return value
    .split(',')
    .map(trimSpace)
    .filter((element) => element !== '');
}

function trimSpace(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
}

/**
 * Extensions as names and parameters. A comma or semicolon between quotes needs no care: what is
 * quoted must be a token, so such a list is refused either way.
 */
export function plainExtensions(header: string): unknown[] | undefined {
  const elements = plainList(header);
  const extensions = elements.map((element) => {
    const [name = '', ...parameters] = element.split(';').map(trimSpace);
    const read = parameters.map(plainParameter);
    return isPlainToken(name) && !read.includes(undefined) ? { name, parameters: read } : undefined;
  });
  return extensions.length === 0 || extensions.includes(undefined) ? undefined : extensions;
}

function plainParameter(text: string): { name: string; value: string | undefined } | undefined {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : trimSpace(text.slice(0, equals));
  if (!isPlainToken(name)) return undefined;
  if (equals === -1) return { name, value: undefined };
  const written = trimSpace(text.slice(equals + 1));
  const quoted = /^"((?:[^"\\]|\\[^])*)"$/.exec(written)?.[1];
  const value = quoted === undefined ? written : quoted.replace(/\\([^])/g, '$1');
  return isPlainToken(value) ? { name, value } : undefined;
}
