/**
 * The head of an HTTP response, read from a stream: as much of HTTP as a WebSocket client needs.
 *
 * Spec      RFC 9112 §4 status line, §5 field syntax
 * Next      handshake.ts - checkUpgradeResponse judges it; io/client.ts feeds it
 * Left out  bodies and every transfer coding: after a 101 the bytes are frames
 *
 *   HTTP/1.1 101 Switching Protocols CR LF
 *   name ":" OWS value OWS CR LF            any number of them
 *   CR LF
 *   frames...
 */
import { asciiLowerCase, isToken, trimOws } from '../shared/index.ts';
import type { UpgradeResponse } from './handshake.ts';
import { HandshakeError } from './websocket-error.ts';

/** The longest head taken, in bytes. */
export const maxResponseHeadBytes = 16 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A head that is complete, and the bytes that came behind it. */
export interface ReadHead {
  response: UpgradeResponse;
  rest: Buffer;
}

/** Collects a response head from chunks. No byte is looked at twice. */
export class ResponseHeadReader {
  #collected: Buffer[] = [];
  #collectedBytes = 0;
  /** How much of CR LF CR LF the bytes so far end with. */
  #matched = 0;

  /** Takes the next chunk: the head once it is whole, undefined before, an error if it is none. */
  push(chunk: Buffer): ReadHead | HandshakeError | undefined {
    const end = this.#findEnd(chunk);
    const bytes = end ?? chunk.length;
    if (bytes > maxResponseHeadBytes - this.#collectedBytes) {
      return malformed(`expected a head of at most ${maxResponseHeadBytes} bytes, got more`);
    }
    this.#collected.push(chunk.subarray(0, bytes));
    this.#collectedBytes += bytes;
    if (end === undefined) return undefined;
    const text = Buffer.concat(this.#collected).toString('latin1');
    const response = parseResponseHead(text.slice(0, -4));
    return response instanceof HandshakeError ? response : { response, rest: chunk.subarray(end) };
  }

  /** The offset behind the empty line, if it ends in this chunk. */
  #findEnd(chunk: Buffer): number | undefined {
    for (let i = 0; i < chunk.length; i++) {
      const wanted = this.#matched % 2 === 0 ? carriageReturn : lineFeed;
      if (chunk[i] === wanted) this.#matched++;
      else this.#matched = chunk[i] === carriageReturn ? 1 : 0;
      if (this.#matched === 4) return i + 1;
    }
    return undefined;
  }
}

/** Reads a whole head, its last CR LF CR LF cut off. Fields that repeat are joined by commas. */
export function parseResponseHead(head: string): UpgradeResponse | HandshakeError {
  const [statusLine = '', ...lines] = head.split('\r\n');
  // status-line = HTTP-version SP status-code SP [ reason-phrase ]      (RFC 9112 §4)
  const status = /^HTTP\/1\.[01] ([1-9][0-9]{2})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined)
    return malformed('expected an HTTP/1.1 status line, got something else');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = asciiLowerCase(line.slice(0, Math.max(colon, 0)));
    const value = trimOws(line.slice(colon + 1));
    // MUST (RFC 9112 §5.1, §5.2): no space before the colon, no folded lines, no bare CR or NUL.
    if (!isToken(name) || /[\r\n\0]/.test(value)) {
      return malformed('expected header lines as "name: value", got something else');
    }
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status), headers };
}

function malformed(message: string): HandshakeError {
  return new HandshakeError('ERR_WS_RESPONSE_HEAD', message, '§4.1');
}
