/**
 * The usual ways to answer: a page, JSON, text, a redirect.
 *
 * Spec      RFC 9110 §8.3 Content-Type, §8.6 Content-Length, §9.3.2 HEAD, §15.4 redirects;
 *           RFC 9111 §5.2.2.5 no-store
 * Next      respond-error.ts, static-files.ts
 * Left out  compression, and bodies that are not in memory
 *
 * These answers are made for one visitor at one moment, so caches are told to keep none of them,
 * unless the handler has set Cache-Control itself.
 */
import type { Exchange } from './exchange.ts';

/** What an answer can have besides its body. */
export interface RespondOptions {
  /** Default 200. */
  status?: number;
  headers?: Readonly<Record<string, string>>;
}

/** Answers with a page. */
export function respondHtml(exchange: Exchange, html: string, options?: RespondOptions): void {
  respond(exchange, 'text/html; charset=utf-8', html, options);
}

/** Answers with a value as JSON. Throws a TypeError for what JSON cannot say. */
export function respondJson(exchange: Exchange, value: unknown, options?: RespondOptions): void {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`value must be of JSON, got ${typeof value}`);
  respond(exchange, 'application/json', json, options);
}

/** Answers with plain text. */
export function respondText(exchange: Exchange, text: string, options?: RespondOptions): void {
  respond(exchange, 'text/plain; charset=utf-8', text, options);
}

/**
 * Sends the client on. 303, the default, makes it GET the location; 307 and 308 make it repeat the
 * request there, body and all. Throws a TypeError for a location that is not a header value.
 */
export function redirect(
  exchange: Exchange,
  location: string,
  status: 301 | 302 | 303 | 307 | 308 = 303,
): void {
  const { response } = exchange;
  response.setHeader('Location', location);
  response.setHeader('Content-Length', 0);
  setCacheDefault(exchange);
  response.statusCode = status;
  response.end();
}

function respond(
  exchange: Exchange,
  contentType: string,
  body: string,
  { status = 200, headers = {} }: RespondOptions = {},
): void {
  const { response, method } = exchange;
  const bytes = Buffer.from(body);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.length);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  setCacheDefault(exchange);
  response.statusCode = status;
  // MUST (RFC 9110 §9.3.2): a HEAD is answered like a GET, but without the body.
  response.end(method === 'HEAD' ? undefined : bytes);
}

function setCacheDefault({ response }: Exchange): void {
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
}
