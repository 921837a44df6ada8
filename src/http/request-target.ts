/**
 * The target of a request: which path was asked for, and with which query.
 *
 * Spec      RFC 9112 §3.2 request target
 * Next      io/exchange.ts - hands both to the handlers
 * Left out  authority-form, which belongs to CONNECT and never reaches a handler
 *
 *   origin-form      /where?q=now                       path "/where", query "q=now"
 *   absolute-form    http://example.org/where?q=now     the same; its host counts for nothing
 *   asterisk-form    *                                  no path
 */

/** A path and a query as they were sent, still percent-encoded. */
export interface RequestTarget {
  /** Begins with "/". */
  path: string;
  /** Without the "?", "" where there is none. */
  query: string;
}

/** Reads a request target, or gives undefined where it names no path. */
export function parseRequestTarget(target: string): RequestTarget | undefined {
  // MUST (RFC 9112 §3.2.2): a server takes absolute-form, though only proxies need it.
  const absolute = /^https?:\/\/[^/?#]*/i.exec(target)?.[0] ?? '';
  const origin = target.slice(absolute.length);
  const [pathAndQuery = ''] = origin.split('#', 1);
  const mark = pathAndQuery.indexOf('?');
  const path = mark < 0 ? pathAndQuery : pathAndQuery.slice(0, mark);
  const query = mark < 0 ? '' : pathAndQuery.slice(mark + 1);
  if (absolute !== '' && path === '') return { path: '/', query };
  return path.startsWith('/') ? { path, query } : undefined;
}
