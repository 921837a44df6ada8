/**
 * Redirects: where the next request of a handshake goes, and what it must not take along.
 *
 * Spec      RFC 6455 §4.1 (a client may follow redirects); RFC 9110 §15.4, §10.2.2 Location
 * Next      io/client.ts - asks again; address.ts - what an address is
 * Left out  every status that does not say "the same, elsewhere": 300, 304, 305, 306
 *
 *   the next address has           own headers            credentials of the address
 *   the same scheme, host, port    all go along           go along, as a header
 *   another                        but for the secrets    stay behind
 */
import { targetOf } from './address.ts';
import type { OwnHeaders } from './client-handshake.ts';

/** A response that may be a redirect, and how it came about. */
export interface Redirection {
  /** The address that was asked. */
  url: URL;
  status: number;
  location: string | undefined;
  /** Redirects followed before. */
  followed: number;
  maxRedirects: number;
  headers: OwnHeaders;
}

/** What to do about a response. */
export type RedirectDecision =
  | { kind: 'none' }
  | { kind: 'follow'; url: URL; headers: OwnHeaders; /** Scheme, host, port. */ same: boolean }
  | { kind: 'refuse'; code: string; message: string };

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** What a server elsewhere must not see, and the name of the server that they were for. */
const boundHeaders = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

/** Decides what follows from a response. Credentials in a Location are not used. */
export function decideRedirect(redirection: Redirection): RedirectDecision {
  const { url, status, location, followed, maxRedirects, headers } = redirection;
  if (location === undefined || !redirectStatuses.has(status)) return { kind: 'none' };
  if (followed >= maxRedirects) {
    const message = `expected at most ${maxRedirects} redirects, got one more`;
    return { kind: 'refuse', code: 'ERR_WS_REDIRECT_LIMIT', message };
  }
  const onSocket = url.protocol === 'ws+unix:';
  const next = resolve(location, onSocket ? standIn(url) : url);
  if (next === undefined) return refuse('a Location that is a URL, got something else');
  // A server decides neither which files of ours are opened nor that we speak something else.
  if (next.protocol !== 'ws:' && next.protocol !== 'wss:') {
    return refuse(`a Location of ws:, wss:, http: or https:, got ${next.protocol}`);
  }
  if (url.protocol === 'wss:' && next.protocol === 'ws:') {
    return refuse('a Location as secure as the request, got one without TLS');
  }
  if (onSocket && next.host === standInHost) {
    return { kind: 'follow', url: backOnSocket(url, next), headers, same: true };
  }
  const same = next.protocol === url.protocol && next.host === url.host;
  const kept = same ? headers : new Map([...headers].filter(([name]) => !boundHeaders.has(name)));
  return { kind: 'follow', url: next, headers: kept, same };
}

function resolve(location: string, base: URL): URL | undefined {
  if (!URL.canParse(location, base.href)) return undefined;
  const next = new URL(location, base);
  if (next.protocol === 'http:') next.protocol = 'ws:';
  if (next.protocol === 'https:') next.protocol = 'wss:';
  next.hash = '';
  next.username = '';
  next.password = '';
  return next;
}

// A Location is relative to the path of the request, and that follows the socket's in ws+unix:.
const standInHost = 'socket.invalid';

function standIn(url: URL): URL {
  return new URL(`ws://${standInHost}${targetOf(url).path}`);
}

function backOnSocket(url: URL, next: URL): URL {
  const [socketPath = ''] = url.pathname.split(':', 1);
  // Two slashes in front of a path would begin a host, but not behind an empty one.
  const host = socketPath.startsWith('//') ? '//' : '';
  return new URL(`ws+unix:${host}${socketPath}:${next.pathname}${next.search}`);
}

function refuse(what: string): RedirectDecision {
  return { kind: 'refuse', code: 'ERR_WS_REDIRECT', message: `expected ${what}` };
}
