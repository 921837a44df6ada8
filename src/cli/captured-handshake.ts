/**
 * The opening handshake of a capture: both heads, line by line, and whether they may be so.
 *
 * Spec      RFC 6455 §4.1, §4.2; §9.1 extensions, §10.2 origin
 * Next      ../websocket/handshake.ts and client-handshake.ts - whose judgement it is
 * Left out  which pages may connect, which is for the server to say
 */
import { asciiLowerCase, splitList } from '../shared/index.ts';
import {
  checkUpgradeResponse,
  decideUpgrade,
  optionsOfOffer,
  parseExtensions,
} from '../websocket/index.ts';
import type { DeflateOptions, Role } from '../websocket/index.ts';
import { parseHttpHead } from './http-head.ts';
import type { HttpHead } from './http-head.ts';

/** A line of a head, and what it is for; both empty where the handshake does not care. */
export interface HandshakeLine {
  text: string;
  meaning: string;
  section: string;
}

/** What there is to say of a head. `refused`: a proper response that is no 101. */
export type HandshakeVerdict =
  | { kind: 'ok' }
  | { kind: 'refused'; status: number }
  | { kind: 'unjudged'; message: string }
  | { kind: 'incomplete' }
  | { kind: 'broken'; code: string; message: string };

/** One half of the handshake, explained. */
export interface HandshakeReport {
  sender: Role;
  bytes: number;
  lines: HandshakeLine[];
  verdict: HandshakeVerdict;
  /** The head as it was read, if it could be. */
  head: HttpHead | undefined;
}

/** Explains a request. */
export function explainRequest(bytes: Buffer): HandshakeReport {
  const head = parseHttpHead(bytes.toString('latin1'));
  const lines = linesOf(bytes, head, requestMeanings);
  const report = { sender: 'client' as const, bytes: bytes.length, lines, head };
  if (head === undefined) return { ...report, verdict: notHttp('ERR_WS_UPGRADE_REQUEST') };
  const { headers, rawHeaders } = head;
  const [method, , version] = head.start;
  const httpVersion = version.replace(/^HTTP\//, '');
  const request = { method, httpVersion, headers, rawHeaders };
  const decision = decideUpgrade(request, { allowedOrigins: 'any' });
  if (decision.kind === 'accept') return { ...report, verdict: { kind: 'ok' } };
  const message = `${decision.message} (RFC 6455 §4.2.1)`;
  return { ...report, verdict: { kind: 'broken', code: 'ERR_WS_UPGRADE_REQUEST', message } };
}

/** Explains a response to the request that was captured before it, if there was one. */
export function explainResponse(bytes: Buffer, request: HttpHead | undefined): HandshakeReport {
  const head = parseHttpHead(bytes.toString('latin1'));
  const lines = linesOf(bytes, head, responseMeanings);
  const report = { sender: 'server' as const, bytes: bytes.length, lines, head };
  if (head === undefined) return { ...report, verdict: notHttp('ERR_WS_RESPONSE_HEAD') };
  return { ...report, verdict: judgeResponse(head, request) };
}

function judgeResponse(head: HttpHead, request: HttpHead | undefined): HandshakeVerdict {
  const status = Number(head.start[1]);
  if (status !== 101) return { kind: 'refused', status };
  if (request === undefined) {
    return { kind: 'unjudged', message: 'the request that it answers is not in the capture' };
  }
  const key = request.headers['sec-websocket-key'] ?? '';
  const protocols = splitList(request.headers['sec-websocket-protocol'] ?? '');
  const response = { statusCode: status, headers: head.headers };
  const offers = deflateOffers(request.headers['sec-websocket-extensions']);
  const answers = [...offers, ...(offers.length === 0 ? [undefined] : [])].map((deflate) =>
    checkUpgradeResponse(response, { key, protocols, deflate }),
  );
  // Of several offers the answer has to fit one.
  const answer = answers.find(({ kind }) => kind === 'agreed') ?? answers.at(-1)!;
  if (answer.kind === 'agreed') return { kind: 'ok' };
  return { kind: 'broken', code: answer.code, message: `${answer.message} (RFC 6455 §4.1)` };
}

/** The offers of permessage-deflate in a request, each as the options of a client that makes it. */
function deflateOffers(header: string | undefined): DeflateOptions[] {
  const extensions = (header === undefined ? undefined : parseExtensions(header)) ?? [];
  return extensions.map(optionsOfOffer).filter((options) => options !== undefined);
}

function notHttp(code: string): HandshakeVerdict {
  return { kind: 'broken', code, message: 'expected the head of an HTTP message, got other bytes' };
}

/** The first key is that of the first line. */
const requestMeanings = new Map([
  ['', ['asks to change the protocol: GET, HTTP/1.1', '§4.1']],
  ['host', ['the server that is asked for', '§4.1']],
  ['upgrade', ['the protocol to change to', '§4.1']],
  ['connection', ['the change is for this connection', '§4.1']],
  ['sec-websocket-key', ['16 random bytes that the answer depends on', '§4.1']],
  ['sec-websocket-version', ['13, the version of RFC 6455', '§4.1']],
  ['sec-websocket-protocol', ['sub-protocols, the best liked first', '§4.1']],
  ['sec-websocket-extensions', ['extensions that are offered', '§9.1']],
  ['origin', ['the page that connects', '§10.2']],
]);

const responseMeanings = new Map([
  ['', ['101: what follows are frames', '§4.2.2']],
  ['upgrade', ['the protocol from now on', '§4.2.2']],
  ['connection', ['the change is for this connection', '§4.2.2']],
  ['sec-websocket-accept', ['made of the key: the server speaks WebSocket', '§4.2.2']],
  ['sec-websocket-protocol', ['the sub-protocol that is chosen', '§4.2.2']],
  ['sec-websocket-extensions', ['the extensions that are agreed on', '§9.1']],
]);

function linesOf(
  bytes: Buffer,
  head: HttpHead | undefined,
  meanings: ReadonlyMap<string, readonly string[]>,
): HandshakeLine[] {
  const lines = head?.lines ?? [bytes.toString('latin1', 0, 80)];
  return lines.map((text, index) => {
    const name = index === 0 ? '' : asciiLowerCase(text.slice(0, text.indexOf(':')));
    const known = index === 0 && head?.start[1] !== '101' && meanings === responseMeanings;
    const [meaning = '', section = ''] = known ? [] : (meanings.get(name) ?? []);
    return { text, meaning, section };
  });
}
