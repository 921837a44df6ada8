/**
 * The opening handshake: an HTTP request that asks to change to WebSocket, and its answer.
 *
 * Spec      RFC 6455 §4.2 server, §1.3 the key
 * Next      upgrade-response.ts - the answer; client-handshake.ts - the client's half
 * Left out  choosing an extension: deflate/negotiation.ts
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
import { isAllowedHost } from './allowed-hosts.ts';
import type { AllowedHosts } from './allowed-hosts.ts';
import { handshakeGuid } from './constants.ts';
import { parseExtensions } from './extensions.ts';
import type { Extension } from './extensions.ts';
import { isAllowedOrigin } from './origin.ts';
import type { AllowedOrigins } from './origin.ts';

/** What the server looks at; `node:http`'s IncomingMessage fits. */
export interface UpgradeRequest {
  method?: string | undefined;
  httpVersion: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, as they came; `headers` keep only the first of two Hosts. */
  rawHeaders?: readonly string[] | undefined;
}

/** Which requests a server takes, of those that are proper handshakes. */
export interface AdmissionOptions<Request = UpgradeRequest> {
  /** Whose pages may connect. Default 'same'. */
  allowedOrigins?: AllowedOrigins<Request> | undefined;
  /** The names a server on a loopback address answers to, besides those of loopback. */
  allowedHosts?: AllowedHosts | undefined;
  /** The address that the connection came to; without it every Host is taken. */
  localAddress?: string | undefined;
}

/** How a server decides. */
export interface UpgradeOptions<Request = UpgradeRequest> extends AdmissionOptions<Request> {
  /** Chooses one of the sub-protocols that the client offers, or none. Default: the first. */
  chooseProtocol?: (offered: ReadonlySet<string>) => string | false;
}

/** A 101, and what is in it. */
export interface UpgradeAcceptance {
  kind: 'accept';
  acceptKey: string;
  /** '' if none was chosen. */
  protocol: string;
  /** The extension that was chosen, if one was. */
  extension?: Extension | undefined;
}

/** A refusal; `message` is its body, for the peer to read. */
export interface UpgradeRejection {
  kind: 'reject';
  status: number;
  message: string;
  headers: Readonly<Record<string, string>>;
}

/** What a server answers. */
export type UpgradeDecision = UpgradeAcceptance | UpgradeRejection;

/** A request that is a proper opening handshake. */
export interface ValidUpgrade {
  kind: 'valid';
  acceptKey: string;
  /** The sub-protocols that the client offers, the one it likes best first. */
  protocols: ReadonlySet<string>;
  /** The extensions that it offers, the one it likes best first. */
  extensions: readonly Extension[];
}

/**
 * The answer to a `Sec-WebSocket-Key`: proof that the server speaks WebSocket (RFC 6455 §4.2.2).
 */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + handshakeGuid)
    .digest('base64');
}

/**
 * Decides an upgrade request (RFC 6455 §4.2.1). Never throws because of what the request holds, but
 * passes on what a function in the options throws.
 */
export function decideUpgrade<Request extends UpgradeRequest>(
  request: Request,
  options: UpgradeOptions<Request> = {},
): UpgradeDecision {
  const upgrade = checkUpgradeRequest(request);
  if (upgrade.kind === 'reject') return upgrade;
  return decideAdmission(request, options) ?? decideProtocol(upgrade, options.chooseProtocol);
}

/** Whether a request is a proper opening handshake: what it asks for, or why it is none. */
export function checkUpgradeRequest(request: UpgradeRequest): ValidUpgrade | UpgradeRejection {
  const header = (name: string) => single(request.headers[name]);
  const list = (name: string) => splitList(header(name) ?? '').map(asciiLowerCase);
  // MUST (RFC 6455 §4.1): GET, HTTP 1.1 or newer, and the two headers that ask for the change.
  if (request.method !== 'GET') return reject(405, 'expected GET', { Allow: 'GET' });
  if (!/^1\.[1-9]$/.test(request.httpVersion)) return reject(400, 'expected HTTP/1.1');
  // More headers than Node keeps look like this too.
  if (header('upgrade') === undefined) return reject(400, 'expected one Upgrade header, got none');
  if (!list('upgrade').includes('websocket')) {
    return reject(426, 'expected Upgrade: websocket', { Upgrade: 'websocket' });
  }
  if (!list('connection').includes('upgrade')) return reject(400, 'expected Connection: Upgrade');
  // MUST (RFC 6455 §4.1, RFC 9112 §3.2): one Host.
  if (!hasOneHost(request)) return reject(400, 'expected one Host header');
  // MUST (RFC 6455 §4.4): another version is told which one we speak.
  if (header('sec-websocket-version') !== '13') {
    const headers = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    return reject(426, 'expected Sec-WebSocket-Version: 13', headers);
  }
  const key = header('sec-websocket-key');
  if (key === undefined || !isHandshakeKey(key)) {
    return reject(400, 'expected Sec-WebSocket-Key: 16 bytes in base64');
  }
  // MUST (RFC 6455 §9.1): a list that breaks the grammar is refused.
  const offers = header('sec-websocket-extensions');
  const extensions = offers === undefined ? [] : parseExtensions(offers);
  if (extensions === undefined) {
    return reject(400, 'expected Sec-WebSocket-Extensions: names with parameters');
  }
  const protocols = parseProtocols(header('sec-websocket-protocol'));
  if (protocols === undefined) {
    return reject(400, 'expected Sec-WebSocket-Protocol: names, none of them twice');
  }
  return { kind: 'valid', acceptKey: acceptKey(key), protocols, extensions };
}

/** Refuses a proper handshake for the name it asks for or the page it comes from. */
export function decideAdmission<Request extends UpgradeRequest>(
  request: Request,
  options: AdmissionOptions<Request>,
): UpgradeRejection | undefined {
  const { allowedHosts = [], allowedOrigins = 'same', localAddress } = options;
  if (!isAllowedHost(single(request.headers['host']), localAddress, allowedHosts)) {
    return reject(403, 'this host is not served here');
  }
  if (!isAllowedOrigin(request, allowedOrigins)) {
    return reject(403, 'pages of this origin may not connect');
  }
  return undefined;
}

/** Accepts a handshake, with the sub-protocol that was chosen or with none. */
export function decideProtocol(
  upgrade: ValidUpgrade,
  chooseProtocol?: (offered: ReadonlySet<string>) => string | false,
): UpgradeAcceptance {
  const { acceptKey: key, protocols } = upgrade;
  const [first = ''] = protocols;
  const chosen = chooseProtocol && protocols.size > 0 ? chooseProtocol(protocols) : first;
  // MUST NOT (RFC 6455 §4.2.2): nothing is chosen that was not offered.
  const protocol = chosen !== false && protocols.has(chosen) ? chosen : '';
  return { kind: 'accept', acceptKey: key, protocol };
}

// MUST (RFC 6455 §4.1): one token or more, none twice.
function parseProtocols(header: string | undefined): Set<string> | undefined {
  if (header === undefined) return new Set();
  const names = splitList(header);
  const offered = new Set(names);
  if (names.length === 0 || offered.size !== names.length) return undefined;
  return names.every(isToken) ? offered : undefined;
}

function hasOneHost({ headers, rawHeaders = [] }: UpgradeRequest): boolean {
  const isHost = (text: string, index: number) =>
    index % 2 === 0 && text.length === 4 && asciiLowerCase(text) === 'host';
  return single(headers['host']) !== undefined && rawHeaders.filter(isHost).length <= 1;
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
): UpgradeRejection {
  return { kind: 'reject', status, message, headers };
}
