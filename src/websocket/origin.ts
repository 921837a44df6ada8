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

/** What is looked at of a request; `node:http`'s IncomingMessage fits. */
export interface OriginRequest {
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Whose requests are taken. 'same': pages of the host and port that the request went to; 'any':
 * all; a list: these origins, as `https://example.com`; a function: those it answers true for.
 */
export type AllowedOrigins<Request = OriginRequest> =
  'same' | 'any' | readonly string[] | ((origin: string, request: Request) => boolean);

/**
 * Whether a request is taken, by its `Origin` and `Host`. One without Origin is: it comes from no
 * browser page. Throws what a function of the caller throws.
 */
export function isAllowedOrigin<Request extends OriginRequest>(
  request: Request,
  allowed: AllowedOrigins<Request>,
): boolean {
  const { origin, host } = request.headers;
  if (allowed === 'any' || origin === undefined) return true;
  // Several Origin headers, which no browser sends.
  if (typeof origin !== 'string') return false;
  // Nothing else counts as true: the promise of an async function would.
  if (typeof allowed === 'function') return allowed(origin, request) === true;
  const page = parseOrigin(origin);
  if (page === undefined) return false;
  if (allowed === 'same') return typeof host === 'string' && page.host === hostFor(page, host);
  return allowed.some((entry) => parseOrigin(entry)?.origin === page.origin);
}

/**
 * Throws a TypeError for what is no AllowedOrigins: an entry that no Origin could ever equal would
 * otherwise only show when a page is refused.
 */
export function checkAllowedOrigins(allowed: unknown): void {
  if (allowed === 'same' || allowed === 'any' || typeof allowed === 'function') return;
  if (!Array.isArray(allowed)) {
    throw new TypeError(
      `allowedOrigins must be 'same', 'any', a list or a function, got ${JSON.stringify(allowed)}`,
    );
  }
  for (const entry of allowed as unknown[]) {
    if (typeof entry === 'string' && parseOrigin(entry) !== undefined) continue;
    throw new TypeError(
      `allowedOrigins must list origins such as https://example.com, got ${JSON.stringify(entry)}`,
    );
  }
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
