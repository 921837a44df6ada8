/**
 * One request and the response to it: what a handler receives.
 *
 * Spec      RFC 9110 §3.4 messages; draft-ietf-httpbis-rfc6265bis-22 §4 cookies
 * Next      dispatch.ts - finds the handler; respond.ts - the usual ways to answer
 * Left out  bodies: body.ts
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseCookie, serializeSetCookie } from '../../cookies/index.ts';
import type { SetCookie } from '../../cookies/index.ts';
import type { RequestTarget } from '../request-target.ts';

/**
 * Answers a request. It must end the response, now or later; what it throws becomes an answer too:
 * an HttpError its own status and text, anything else a plain 500.
 */
export type Handler = (exchange: Exchange) => void | Promise<void>;

/** A request and its response, with the parts of the request that handlers ask for. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** As it was sent, without the query. */
  readonly path: string;
  /** The parts of the path that the route's pattern names; io/dispatch.ts fills them in. */
  params: ReadonlyMap<string, string> = new Map();
  readonly #rawQuery: string;
  #query: URLSearchParams | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;
  readonly #cookiesSet = new Map<string, string>();

  constructor(request: IncomingMessage, response: ServerResponse, target: RequestTarget) {
    this.request = request;
    this.response = response;
    this.path = target.path;
    this.#rawQuery = target.query;
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  /** The query, read when first asked for. */
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#rawQuery);
    return this.#query;
  }

  /** The cookies of the request, read when first asked for; of two with one name the first. */
  get cookies(): ReadonlyMap<string, string> {
    // Node joins several Cookie headers with "; ", as HTTP/2 may have split them.
    this.#cookies ??= parseCookie(this.request.headers.cookie ?? '');
    return this.#cookies;
  }

  /**
   * Adds a cookie to the response; one of the same name that was added before is replaced. Throws a
   * TypeError for a cookie that would corrupt the header or that browsers would drop.
   */
  setCookie(cookie: SetCookie): void {
    // rfc6265bis §4.1.1: a server SHOULD NOT send two Set-Cookie of one name in a response.
    this.#cookiesSet.set(cookie.name, serializeSetCookie(cookie));
    this.response.setHeader('Set-Cookie', [...this.#cookiesSet.values()]);
  }
}
