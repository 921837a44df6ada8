/**
 * The client's half of the opening handshake: what it asks for, and whether the answer fits.
 *
 * Spec      RFC 6455 §4.1; §9.1 extensions; RFC 7617 Basic credentials
 * Next      io/client.ts - sends and receives; handshake.ts - the server's half
 * Left out  how an extension is negotiated: deflate/negotiation.ts
 */
import type { OutgoingHttpHeaders } from 'node:http';
import { asciiLowerCase, isToken, splitList } from '../shared/index.ts';
import { decode } from './address.ts';
import { checkDeflateAnswer, deflateOffer } from './deflate/negotiation.ts';
import type { DeflateAgreement, DeflateAnswer } from './deflate/negotiation.ts';
import type { DeflateOptions } from './deflate/options.ts';
import { parseExtensions, serializeExtensions } from './extensions.ts';
import { acceptKey } from './handshake.ts';
import type { ResponseHeaders } from './handshake-error.ts';

/** The headers of a program; the keys are their names in lower case. */
export type OwnHeaders = ReadonlyMap<string, { name: string; value: string | string[] }>;

/** What a program says about its request. */
export interface OwnHeaderOptions {
  headers?: OutgoingHttpHeaders | Iterable<readonly [string, string]> | undefined;
  origin?: string | undefined;
  /** `user:password`. */
  auth?: string | undefined;
}

/** Checks sub-protocols. Throws a SyntaxError for one that is no token or comes twice. */
export function checkProtocols(protocols: readonly string[]): void {
  for (const protocol of protocols) {
    if (typeof protocol !== 'string' || !isToken(protocol)) {
      throw new SyntaxError(`sub-protocol must be a token, got ${JSON.stringify(protocol)}`);
    }
  }
  // MUST (RFC 6455 §4.1): none twice.
  if (new Set(protocols).size !== protocols.length) {
    throw new SyntaxError(`sub-protocols must differ, got ${protocols.join(', ')}`);
  }
}

/**
 * Gathers the headers of a program, credentials of the address among them: an `Authorization`
 * header counts before those of the address, and those before `auth`.
 * Throws a TypeError for a name or a value that would break the request.
 */
export function ownHeaders(url: URL, options: OwnHeaderOptions): OwnHeaders {
  const own = new Map<string, { name: string; value: string | string[] }>();
  const { headers = {}, origin } = options;
  const given = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  for (const [name, value] of given) {
    if (value !== undefined) own.set(asciiLowerCase(name), checkHeader(name, value));
  }
  if (origin !== undefined) own.set('origin', checkHeader('Origin', origin));
  const inUrl = url.username !== '' || url.password !== '';
  const auth = inUrl ? `${decode(url.username)}:${decode(url.password)}` : options.auth;
  if (auth !== undefined && !own.has('authorization')) {
    const value = `Basic ${Buffer.from(auth).toString('base64')}`;
    own.set('authorization', { name: 'Authorization', value });
  }
  return own;
}

function checkHeader(name: string, value: number | string | readonly string[]) {
  if (!isToken(name)) throw new TypeError(`header name must be a token, got ${quote(name)}`);
  const values = Array.isArray(value) ? value.map(String) : [String(value)];
  for (const one of values) {
    // MUST NOT (RFC 9110 §5.5): CR, LF and NUL would let a value add headers of its own.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(one)) {
      throw new TypeError(`header ${name} must hold printable latin1 only, got ${quote(one)}`);
    }
  }
  return { name, value: Array.isArray(value) ? values : String(value) };
}

/** What the client tells of WebSocket. */
export interface UpgradeRequestFields {
  /** 16 fresh random bytes in base64. */
  key: string;
  protocols: readonly string[];
  /** Offers permessage-deflate, if it is there. */
  deflate?: DeflateOptions | undefined;
}

/** All headers of a request but `Host`; a program cannot replace those of the handshake. */
export function upgradeRequestHeaders(
  own: OwnHeaders,
  { key, protocols, deflate }: UpgradeRequestFields,
): Record<string, string | string[]> {
  const all = new Map(own);
  const put = (name: string, value: string) => all.set(asciiLowerCase(name), { name, value });
  put('Upgrade', 'websocket');
  put('Connection', 'Upgrade');
  put('Sec-WebSocket-Key', key);
  put('Sec-WebSocket-Version', '13');
  if (protocols.length > 0) put('Sec-WebSocket-Protocol', protocols.join(', '));
  if (deflate !== undefined) {
    put('Sec-WebSocket-Extensions', serializeExtensions([deflateOffer(deflate)]));
  }
  return Object.fromEntries([...all.values()].map(({ name, value }) => [name, value]));
}

/** A response as far as the handshake looks at it; `node:http`'s IncomingMessage fits. */
export interface UpgradeResponse {
  statusCode?: number | undefined;
  headers: ResponseHeaders;
}

/** What both sides agreed on, or why they did not. */
export type Agreement =
  | { kind: 'agreed'; /** '' if none. */ protocol: string; deflate?: DeflateAgreement | undefined }
  | { kind: 'refused'; code: string; message: string };

/** Checks a server's 101 against what was asked for (RFC 6455 §4.1). */
export function checkUpgradeResponse(
  response: UpgradeResponse,
  sent: UpgradeRequestFields,
): Agreement {
  const header = (name: string) => asText(response.headers[name]);
  if (asciiLowerCase(header('upgrade') ?? '') !== 'websocket') {
    return refused('ERR_WS_UPGRADE_HEADER', 'expected Upgrade: websocket, got another or none');
  }
  const connection = splitList(header('connection') ?? '').map(asciiLowerCase);
  if (!connection.includes('upgrade')) {
    return refused('ERR_WS_CONNECTION_HEADER', 'expected Connection: Upgrade, got another or none');
  }
  // MUST (RFC 6455 §4.1): the right answer to our key, or this is no WebSocket server.
  if (header('sec-websocket-accept') !== acceptKey(sent.key)) {
    return refused('ERR_WS_ACCEPT_KEY', 'expected the accept key for our key, got another or none');
  }
  const protocol = checkProtocol(header('sec-websocket-protocol'), sent.protocols);
  const deflate = checkExtensions(header('sec-websocket-extensions'), sent.deflate);
  if (deflate.kind === 'refused') return deflate;
  return deflate.kind === 'agreed' && protocol.kind === 'agreed'
    ? { ...protocol, deflate: deflate.agreed }
    : protocol;
}

/** MUST (RFC 6455 §4.1, §9.1): no extension that was not offered, nor a list that is none. */
function checkExtensions(
  header: string | undefined,
  offered: DeflateOptions | undefined,
): DeflateAnswer {
  const extensions = header === undefined ? [] : parseExtensions(header);
  if (extensions !== undefined) return checkDeflateAnswer(extensions, offered);
  const message = 'expected a list of extensions, got something else';
  return { kind: 'refused', code: 'ERR_WS_EXTENSION', message };
}

/** MUST (RFC 6455 §4.1): no sub-protocol that was not offered. */
function checkProtocol(header: string | undefined, offered: readonly string[]): Agreement {
  if (header !== undefined && offered.includes(header)) return { kind: 'agreed', protocol: header };
  if (header === undefined && offered.length === 0) return { kind: 'agreed', protocol: '' };
  // DEVIATION: the RFC lets a server choose none; browsers and npm ws fail then, and so do we, for
  // a program that names sub-protocols goes on to speak one.
  const wanted = offered.length === 0 ? 'no sub-protocol' : 'one of the offered sub-protocols';
  const got = header === undefined ? 'none' : 'another';
  return refused('ERR_WS_SUBPROTOCOL', `expected ${wanted}, got ${got}`);
}

function refused(code: string, message: string): Agreement {
  return { kind: 'refused', code, message };
}

/** Node joins a header that came several times, all but a few that do not matter here. */
function asText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
