/**
 * Which handler a method and a path belong to.
 *
 * Spec      RFC 9110 §9.3.2 HEAD, §15.5.6 405 and its Allow; RFC 3986 §2.1 percent-encoding
 * Next      io/dispatch.ts - calls what is found here, and answers what is not
 * Left out  hosts, optional segments, regular expressions
 *
 *   pattern       matches                  params
 *   /chat         /chat                    none
 *   /users/:id    /users/7, not /users/    id: 7, percent-decoded
 *   /files/*      /files/, /files/a/b      *: "" or "a/b", as it stands in the path
 *
 * The more precise pattern wins, whatever the order of adding: text before :name before *.
 */
import { isToken } from '../shared/index.ts';

/** What a router answers. */
export type RouteMatch<Handler> =
  | { kind: 'found'; handler: Handler; params: ReadonlyMap<string, string> }
  | { kind: 'method-not-allowed'; allow: readonly string[] }
  | { kind: 'not-found' };

type Segment = { kind: 'text'; text: string } | { kind: 'name'; name: string } | { kind: 'rest' };

interface Route<Handler> {
  method: string;
  segments: readonly Segment[];
  handler: Handler;
}

const precision = { text: 0, name: 1, rest: 2 } as const;

/** A table of routes. Handlers are opaque to it. */
export class Router<Handler> {
  /** The most precise first. */
  readonly #routes: Route<Handler>[] = [];

  /**
   * Adds a route; answers the router. Throws a TypeError for a method that is no token, a pattern
   * that cannot be read, and a route that is there already.
   */
  add(method: string, pattern: string, handler: Handler): this {
    if (!isToken(method)) throw new TypeError(`method must be a token, got "${method}"`);
    const segments = parsePattern(pattern);
    const sameRoute = (route: Route<Handler>) =>
      route.method === method && compare(route.segments, segments) === 0;
    if (this.#routes.some(sameRoute)) {
      throw new TypeError(`pattern must be new for its method, got ${method} ${pattern} again`);
    }
    // Of one pattern HEAD stands before GET, which would answer it as well.
    const behind = this.#routes.findIndex((route) => {
      const order = compare(route.segments, segments);
      return order > 0 || (order === 0 && route.method === 'GET' && method === 'HEAD');
    });
    this.#routes.splice(behind < 0 ? this.#routes.length : behind, 0, {
      method,
      segments,
      handler,
    });
    return this;
  }

  /** Finds the route of a request; `path` is as it was sent, without the query. Never throws. */
  match(method: string, path: string): RouteMatch<Handler> {
    const allow = new Set<string>();
    const parts = splitPath(path);
    if (parts === undefined) return { kind: 'not-found' };
    for (const route of this.#routes) {
      const params = matchSegments(route.segments, parts);
      if (params === undefined) continue;
      // MUST (RFC 9110 §9.1): GET and HEAD are supported together; a GET handler answers both.
      if (route.method === method || (route.method === 'GET' && method === 'HEAD')) {
        return { kind: 'found', handler: route.handler, params };
      }
      allow.add(route.method);
      if (route.method === 'GET') allow.add('HEAD');
    }
    return allow.size > 0
      ? { kind: 'method-not-allowed', allow: [...allow].sort() }
      : { kind: 'not-found' };
  }
}

function parsePattern(pattern: string): Segment[] {
  if (!pattern.startsWith('/')) throw new TypeError(`pattern must begin with /, got "${pattern}"`);
  const texts = pattern.slice(1).split('/');
  const names = new Set<string>();
  return texts.map((text, index): Segment => {
    if (text === '*' && index === texts.length - 1) return { kind: 'rest' };
    if (!text.startsWith(':')) {
      if (text.includes('*')) throw new TypeError(`* must be the last segment of "${pattern}"`);
      return { kind: 'text', text };
    }
    const name = text.slice(1);
    if (name === '' || name === '*' || names.has(name)) {
      throw new TypeError(`names in a pattern must be given and differ, got "${pattern}"`);
    }
    names.add(name);
    return { kind: 'name', name };
  });
}

/** Below 0 where `a` is more precise, 0 where both match exactly the same paths. */
function compare(a: readonly Segment[], b: readonly Segment[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [left, right] = [a[i]!, b[i]!];
    if (left.kind !== right.kind) return precision[left.kind] - precision[right.kind];
    if (left.kind === 'text' && right.kind === 'text' && left.text !== right.text) {
      return left.text < right.text ? -1 : 1;
    }
  }
  return a.length - b.length;
}

interface PathPart {
  /** As it stands in the path. */
  raw: string;
  decoded: string;
}

/** The segments of a path, or undefined where it is no path or its percent-encoding is broken. */
function splitPath(path: string): PathPart[] | undefined {
  if (!path.startsWith('/')) return undefined;
  try {
    const raws = path.slice(1).split('/');
    return raws.map((raw) => ({ raw, decoded: decodeURIComponent(raw) }));
  } catch {
    return undefined;
  }
}

function matchSegments(
  segments: readonly Segment[],
  parts: readonly PathPart[],
): ReadonlyMap<string, string> | undefined {
  const params = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if (segment.kind === 'rest') {
      const rest = parts.slice(index).map(({ raw }) => raw);
      return params.set('*', rest.join('/'));
    }
    if (segment.kind === 'text' && segment.text !== part.decoded) return undefined;
    if (segment.kind === 'name') {
      if (part.decoded === '') return undefined;
      params.set(segment.name, part.decoded);
    }
  }
  return segments.length === parts.length ? params : undefined;
}
