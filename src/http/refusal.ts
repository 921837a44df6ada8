/**
 * The answer to bytes that never became a request.
 *
 * Spec      RFC 9110 §15.5.1 400, §15.5.9 408, §6.6.1 Date; RFC 6585 §5 431; RFC 9112 §9.6 close
 * Next      io/handle-requests.ts - writes it and destroys the socket
 * Left out  -
 *
 *   code of Node's parser         status
 *   HPE_HEADER_OVERFLOW           431
 *   ERR_HTTP_REQUEST_TIMEOUT      408
 *   anything else                 400
 */
import { serializeHttpDate } from '../shared/index.ts';
import { securityHeaders } from './security-headers.ts';

/** What to tell a client whose bytes were not a request. */
export interface Refusal {
  status: 400 | 408 | 431;
  reason: string;
}

/** The refusal for an error of Node's HTTP parser, by its code. */
export function refusalOf(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, reason: 'Request Header Fields Too Large' };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, reason: 'Request Timeout' };
  return { status: 400, reason: 'Bad Request' };
}

/** The whole response as it goes over the wire. */
export function serializeRefusal({ status, reason }: Refusal, now: Date): string {
  const body = `${reason}\n`;
  const headers: readonly (readonly [string, string])[] = [
    ['Date', serializeHttpDate(now)],
    ['Connection', 'close'],
    ['Cache-Control', 'no-store'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(body.length)],
    ...securityHeaders(),
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reason}\r\n${lines.join('')}\r\n${body}`;
}
