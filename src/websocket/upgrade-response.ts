/**
 * What a server writes in answer to an upgrade request.
 *
 * Spec      RFC 6455 §4.2.2 the 101; RFC 9112 §4 status line, §5 fields; RFC 9110 §15 statuses
 * Next      handshake.ts - decides which answer it is
 * Left out  bodies of any other type than text, unless a program says so
 *
 *   HTTP/1.1 101 Switching Protocols          HTTP/1.1 403 Forbidden
 *   Upgrade: websocket                        Content-Type: text/plain; charset=utf-8
 *   Connection: Upgrade                       Connection: close
 *   Sec-WebSocket-Accept: ...                 Content-Length: 36
 *   Sec-WebSocket-Protocol: chat
 *                                             pages of this origin may not connect
 */
import { asciiLowerCase, isToken } from '../shared/index.ts';
import { serializeExtensions } from './extensions.ts';
import type { UpgradeAcceptance, UpgradeDecision, UpgradeRejection } from './handshake.ts';

const switchingProtocols = 'HTTP/1.1 101 Switching Protocols';

/**
 * The response to an upgrade request, up to and with its empty line; for a refusal with its body.
 * Throws a TypeError for a header that would end or split a line.
 */
export function serializeUpgradeResponse(
  decision: UpgradeDecision,
  extraHeaders: Readonly<Record<string, string>> = {},
): string {
  if (decision.kind === 'reject') return serializeRejection(decision, extraHeaders);
  const extra = Object.entries(extraHeaders).map(([name, value]) => `${name}: ${value}`);
  return serializeUpgradeLines([...upgradeLines(decision), ...extra]);
}

/** The lines of a 101, to which a program may add. */
export function upgradeLines(decision: UpgradeAcceptance): string[] {
  const { acceptKey, protocol, extension } = decision;
  return [
    switchingProtocols,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey}`,
    ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    ...(extension ? [`Sec-WebSocket-Extensions: ${serializeExtensions([extension])}`] : []),
  ];
}

/**
 * The bytes of such lines, each of which stays one line. Throws a TypeError for a line that is no
 * header, or when the first is not the status line any more.
 */
export function serializeUpgradeLines(lines: readonly string[]): string {
  const [statusLine, ...fields] = lines as readonly unknown[];
  if (statusLine !== switchingProtocols) {
    throw new TypeError(`the first line must be ${switchingProtocols}, got ${show(statusLine)}`);
  }
  for (const line of fields) checkField(line);
  return [...lines, '', ''].join('\r\n');
}

function serializeRejection(
  decision: UpgradeRejection,
  extraHeaders: Readonly<Record<string, string>>,
): string {
  const { status, message } = decision;
  const fields = new Map([['content-type', 'Content-Type: text/plain; charset=utf-8']]);
  // Of two names that differ in case only, the later counts.
  const set = (name: string, value: string) => {
    fields.set(asciiLowerCase(name), checkField(`${name}: ${value}`));
  };
  for (const [name, value] of Object.entries(decision.headers)) set(name, value);
  for (const [name, value] of Object.entries(extraHeaders)) set(name, value);
  set('Connection', 'close');
  set('Content-Length', String(Buffer.byteLength(message)));
  const statusLine = `HTTP/1.1 ${status} ${reasonPhrases[status] ?? 'Refused'}`;
  return [statusLine, ...fields.values(), '', message].join('\r\n');
}

// field-line = field-name ":" OWS field-value OWS                               (RFC 9112 §5)
function checkField(line: unknown): string {
  if (typeof line !== 'string') throw new TypeError(`a header must be text, got ${show(line)}`);
  const colon = line.indexOf(':');
  if (!isToken(line.slice(0, Math.max(colon, 0)))) {
    throw new TypeError(`a header must begin with a name and a colon, got ${show(line)}`);
  }
  // MUST NOT (RFC 9110 §5.5): CR, LF and NUL would let a value add headers of its own.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(line.slice(colon + 1))) {
    throw new TypeError(`a header must hold printable latin1 only, got ${show(line)}`);
  }
  return line;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

const reasonPhrases: Record<number, string> = {
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
