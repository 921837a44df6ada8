/**
 * Addresses: what a program may write, and where a request for it goes.
 *
 * Spec      RFC 6455 §3; WHATWG WebSockets, the constructor; ws+unix: as npm ws has it
 * Next      io/client-request.ts - connects there; redirect.ts - addresses that servers write
 * Left out  -
 *
 *   ws://host[:80]/path?query      ws+unix:///path/to/socket:/path?query
 *   wss://host[:443]/path?query    http: and https: stand for ws: and wss:
 */

/** Where a request goes, in the words of `node:http`. */
export interface RequestTarget {
  secure: boolean;
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  /** The local socket of `ws+unix:`. */
  socketPath: string | undefined;
  /** Path and query. */
  path: string;
  /** What may be shown: host and port, or the local socket; neither credentials nor a query. */
  where: string;
}

/** Reads an address. Throws a SyntaxError that names what is wrong with it. */
export function parseAddress(address: string | URL): URL {
  const text = String(address);
  if (!URL.canParse(text)) {
    throw new SyntaxError(`address must be a URL, got ${JSON.stringify(withoutSecrets(text))}`);
  }
  const url = new URL(text);
  if (url.protocol === 'http:') url.protocol = 'ws:';
  if (url.protocol === 'https:') url.protocol = 'wss:';
  if (!['ws:', 'wss:', 'ws+unix:'].includes(url.protocol)) {
    const known = 'ws:, wss:, ws+unix:, http: or https:';
    throw new SyntaxError(`address must begin with ${known}, got ${url.protocol}`);
  }
  // MUST NOT (RFC 6455 §3): fragments have no meaning here; an empty one is one too.
  if (url.href.includes('#')) {
    throw new SyntaxError(`address must have no fragment, got ${JSON.stringify(url.hash || '#')}`);
  }
  // Neither without a socket, nor with a path that could not stand in a request line.
  if (url.protocol === 'ws+unix:' && /^\/?(?::|$)|^[^:]*:[^/]/.test(url.pathname)) {
    const got = JSON.stringify(withoutSecrets(text));
    throw new SyntaxError(`address must be ws+unix:///path/to/socket:/path, got ${got}`);
  }
  return url;
}

/** Takes a parsed address apart. */
export function targetOf(url: URL): RequestTarget {
  if (url.protocol === 'ws+unix:') {
    const [socketPath, path] = splitUnixPath(url);
    const where = `the socket ${socketPath}`;
    return { secure: false, host: 'localhost', port: 80, socketPath, path, where };
  }
  const secure = url.protocol === 'wss:';
  const port = Number(url.port || (secure ? 443 : 80));
  return {
    secure,
    // URL keeps the brackets of an IPv6 address, a socket wants none.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    socketPath: undefined,
    path: url.pathname + url.search,
    where: `${url.hostname}:${port}`,
  };
}

function splitUnixPath(url: URL): [socketPath: string, path: string] {
  const colon = url.pathname.indexOf(':');
  const end = colon === -1 ? url.pathname.length : colon;
  // URL escapes nothing in an address that has no slash behind its scheme, `ws+unix:./s:/a b`.
  const path = url.pathname.slice(end + 1).replace(/[^\x21-\x7e]/gu, encodeURIComponent);
  return [decode(url.pathname.slice(0, end)), (path === '' ? '/' : path) + url.search];
}

/** Undoes percent-encoding; what is none stays as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function withoutSecrets(text: string): string {
  const query = text.indexOf('?');
  const shown = query === -1 ? text : `${text.slice(0, query)}?...`;
  const at = shown.lastIndexOf('@');
  return at === -1 ? shown : `...${shown.slice(at)}`;
}
