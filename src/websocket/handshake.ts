/**
 * The opening handshake: an HTTP request that asks to change to WebSocket, and its answer.
 *
 * Spec      RFC 6455 §4.2 server, §1.3 the key
 * Next      io/server.ts - performs what is decided here; client-handshake.ts - the client's half
 * Left out  extensions (§9): none is accepted
 *
 *   GET /chat HTTP/1.1                               HTTP/1.1 101 Switching Protocols
 *   Host: example.com                                Upgrade: websocket
 *   Upgrade: websocket                               Connection: Upgrade
 *   Connection: Upgrade                              Sec-WebSocket-Accept: s3pPLMBi...GzzhZRbK+xOo=
 *   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==      Sec-WebSocket-Protocol: chat
 *   Sec-WebSocket-Version: 13
 *   Sec-WebSocket-Protocol: chat, superchat
 */
import { createHash } from 'node:crypto';
import { asciiLowerCase, isToken, splitList } from '../shared/index.ts';
import { handshakeGuid } from './constants.ts';
import { isAllowedOrigin } from './origin.ts';
import type { AllowedOrigins } from './origin.ts';

/** What the server looks at; `node:http`'s IncomingMessage fits. */
export interface UpgradeRequest {
  method?: string | undefined;
  httpVersion: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** How a server decides. */
export interface UpgradeOptions {
  /** Whose pages may connect. Default 'same'. */
  allowedOrigins?: AllowedOrigins;
  /** Chooses one of the sub-protocols that the client offers, or none. Default: the first. */
  chooseProtocol?: (offered: ReadonlySet<string>) => string | false;
}

/** What a server answers: the 101, or a refusal with a body for the peer to read. */
export type UpgradeDecision =
  | { kind: 'accept'; acceptKey: string; protocol: string }
  | { kind: 'reject'; status: number; message: string; headers: Record<string, string> };

/**
 * The answer to a `Sec-WebSocket-Key`: proof that the server speaks WebSocket (RFC 6455 §4.2.2).
 */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + handshakeGuid)
    .digest('base64');
}

/** Decides an upgrade request (RFC 6455 §4.2.1). Never throws because of what the request holds. */
export function decideUpgrade(
  request: UpgradeRequest,
  options: UpgradeOptions = {},
): UpgradeDecision {
  const header = (name: string) => single(request.headers[name]);
  // MUST (RFC 6455 §4.1): GET, HTTP 1.1 or newer, and the two headers that ask for the change.
  if (request.method !== 'GET') return reject(405, 'expected GET', { Allow: 'GET' });
  if (!/^1\.[1-9]$/.test(request.httpVersion)) return reject(400, 'expected HTTP/1.1');
  const upgrade = splitList(header('upgrade') ?? '').map(asciiLowerCase);
  if (!upgrade.includes('websocket')) {
    return reject(426, 'expected Upgrade: websocket', { Upgrade: 'websocket' });
  }
  if (
    !splitList(header('connection') ?? '')
      .map(asciiLowerCase)
      .includes('upgrade')
  ) {
    return reject(400, 'expected Connection: Upgrade');
  }
  // MUST (RFC 6455 §4.4): another version is told which one we speak.
  if (header('sec-websocket-version') !== '13') {
    const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    return reject(426, 'expected Sec-WebSocket-Version: 13', headers);
  }
  const key = header('sec-websocket-key');
  if (key === undefined || !isHandshakeKey(key)) {
    return reject(400, 'expected Sec-WebSocket-Key: 16 bytes in base64');
  }
  const host = header('host');
  if (!isAllowedOrigin(header('origin'), host, options.allowedOrigins ?? 'same')) {
    return reject(403, 'pages of this origin may not connect');
  }
  return decideProtocol(acceptKey(key), header('sec-websocket-protocol'), options);
}

function decideProtocol(
  accept: string,
  header: string | undefined,
  options: UpgradeOptions,
): UpgradeDecision {
  if (header === undefined) return { kind: 'accept', acceptKey: accept, protocol: '' };
  const names = splitList(header);
  const offered = new Set(names);
  // MUST (RFC 6455 §4.1): one token or more, none twice.
  if (names.length === 0 || offered.size !== names.length || !names.every(isToken)) {
    return reject(400, 'expected Sec-WebSocket-Protocol: names, none of them twice');
  }
  const chosen = options.chooseProtocol ? options.chooseProtocol(offered) : names[0]!;
  // MUST NOT (RFC 6455 §4.2.2): nothing is chosen that was not offered.
  const protocol = chosen !== false && offered.has(chosen) ? chosen : '';
  return { kind: 'accept', acceptKey: accept, protocol };
}

/** The response of a server, up to and with its empty line; for a refusal with its body. */
export function serializeUpgradeResponse(
  decision: UpgradeDecision,
  extraHeaders: Readonly<Record<string, string>> = {},
): string {
  if (decision.kind === 'accept') {
    return serializeHead('HTTP/1.1 101 Switching Protocols', {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Accept': decision.acceptKey,
      ...(decision.protocol === '' ? {} : { 'Sec-WebSocket-Protocol': decision.protocol }),
      ...extraHeaders,
    });
  }
  const body = `${decision.message}\n`;
  const head = serializeHead(`HTTP/1.1 ${decision.status} ${reasonPhrase(decision.status)}`, {
    ...decision.headers,
    ...extraHeaders,
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
  });
  return head + body;
}

// base64-value-non-empty, of 16 bytes: 22 characters, the last with four zero bits, and "=="
function isHandshakeKey(key: string): boolean {
  return /^[+/0-9A-Za-z]{21}[AQgw]==$/.test(key);
}

/**
 * A header that came several times is none: no rule of §4.2.1 allows it for those looked at here.
 */
function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function reject(
  status: number,
  message: string,
  headers: Record<string, string> = {},
): UpgradeDecision {
  return { kind: 'reject', status, message, headers };
}

/**
 * Writes a start line and headers; of two names that differ in case only, the later counts.
 * Throws a TypeError for what would end or split a line.
 */
function serializeHead(startLine: string, headers: Readonly<Record<string, string>>): string {
  const lines = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (!isToken(name)) throw new TypeError(`header name must be a token, got ${quote(name)}`);
    // MUST NOT (RFC 9110 §5.5): CR, LF and NUL would let a value add headers of its own.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new TypeError(`header ${name} must hold printable latin1 only, got ${quote(value)}`);
    }
    lines.set(asciiLowerCase(name), `${name}: ${value}`);
  }
  return [startLine, ...lines.values(), '', ''].join('\r\n');
}

function quote(text: string): string {
  return JSON.stringify(text);
}

const reasonPhrases: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

function reasonPhrase(status: number): string {
  return reasonPhrases[status] ?? 'Refused';
}
