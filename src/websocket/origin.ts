/**
 * Which web pages may open a connection.
 *
 * Spec      RFC 6455 §4.2.2 (4), §10.2; RFC 6454 §6.2 the form of an origin
 * Next      handshake.ts - refuses the others with 403
 * Left out  clients that are not browsers: they send no Origin, or any they like
 *
 * A browser lets every page open a WebSocket to every server, cookies included, and only says where
 * the page came from. A server that does not look is open to any page its visitors look at.
 */
import { asciiLowerCase } from '../shared/index.ts';

/**
 * Whose requests are taken. 'same': pages of the host and port that the request went to; 'any':
 * all; a list: these origins, as `https://example.com`; a function: those it answers true for.
 */
export type AllowedOrigins =
  'same' | 'any' | readonly string[] | ((origin: string, host: string | undefined) => boolean);

/**
 * Whether a request with this `Origin` and `Host` is taken. One without Origin is: it comes from no
 * browser page.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: AllowedOrigins,
): boolean {
  if (allowed === 'any' || origin === undefined) return true;
  if (typeof allowed === 'function') return allowed(origin, host);
  const page = parseOrigin(origin);
  if (page === undefined) return false;
  if (allowed === 'same') return host !== undefined && page.host === hostFor(page, host);
  return allowed.some((entry) => parseOrigin(entry)?.origin === page.origin);
}

/** Reads `scheme://host[:port]` and nothing more; `null` and all else is no origin. */
function parseOrigin(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  // A default port written out is the same origin; a path, a user or a second origin is none.
  const bare = asciiLowerCase(text).replace(/:(80|443)$/, '');
  return url.origin === bare || url.origin === asciiLowerCase(text) ? url : undefined;
}

/**
 * The Host header, read as the page's scheme would: behind a proxy that ends TLS, `example.com`
 * means port 443 for an https page although this server speaks http.
 */
function hostFor(page: URL, host: string): string | undefined {
  const text = `${page.protocol}//${host}`;
  return parseOrigin(text)?.host;
}
