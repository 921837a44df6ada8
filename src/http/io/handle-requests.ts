/**
 * What an http and an https server have in common: every request gets an answer and a line in the
 * log, and no client, however hostile, brings more than its own connection down.
 *
 * Spec      RFC 9112 §3.2 request target; Node's 'clientError'
 * Next      exchange.ts, respond-error.ts, request-log.ts; https-server.ts and redirect-server.ts
 * Left out  'upgrade': WebSocket servers listen to it. Without a listener Node hands an upgrade
 *           request to us as a plain one, which is how RFC 9110 §7.8 wants it
 *
 *   request      -> security headers -> handler -> response
 *                                       throws  -> respond-error.ts
 *   clientError  -> refusal.ts, socket destroyed
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { hasValidHost } from '../host.ts';
import { HttpError } from '../http-error.ts';
import { refusalOf, serializeRefusal } from '../refusal.ts';
import { parseRequestTarget } from '../request-target.ts';
import { defaultServerLimits } from '../server-limits.ts';
import type { ServerLimits } from '../server-limits.ts';
import { Exchange } from './exchange.ts';
import type { Handler } from './exchange.ts';
import { RequestLog } from './request-log.ts';
import { respondError } from './respond-error.ts';

/** What the two kinds of server can be told. */
export interface RequestOptions extends ServerLimits {
  /** Gets what handlers threw by mistake; default: written to stderr. */
  onError?: ((error: unknown) => void) | undefined;
  /** Gets one line for each request, without a line end; default: no log. */
  accessLog?: ((line: string) => void) | undefined;
}

type Headers = readonly (readonly [string, string])[];

/** Makes a server answer its requests by a handler; `headersFor` are on every response. */
export function handleRequests(
  server: HttpServer | HttpsServer,
  options: RequestOptions,
  headersFor: (request: IncomingMessage) => Headers,
  handler: Handler,
): void {
  const onError = options.onError ?? ((error: unknown) => console.error(error));
  const log = new RequestLog(options.accessLog ?? (() => {}));
  const running = new WeakMap<Duplex, Set<ServerResponse>>();
  server.maxRequestsPerSocket =
    options.maxRequestsPerConnection ?? defaultServerLimits.maxRequestsPerConnection;

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    log.watch(request, response);
    const responses = running.get(request.socket) ?? new Set();
    running.set(request.socket, responses.add(response));
    response.once('close', () => responses.delete(response));
    response.on('error', (error) => reportResponseError(error, onError));
    // Whatever goes wrong with a failing answer itself ends with the connection.
    answer(request, response, headersFor(request), handler, onError).catch(() =>
      response.destroy(),
    );
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuse(error, socket, [...(running.get(socket) ?? [])], log);
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Headers,
  handler: Handler,
  onError: (error: unknown) => void,
): Promise<void> {
  for (const [name, value] of headers) response.setHeader(name, value);
  const target = parseRequestTarget(request.url ?? '');
  const exchange = new Exchange(request, response, target ?? { path: '/', query: '' });
  try {
    if (!hasValidHost(request.httpVersion, request.rawHeaders)) {
      throw new HttpError(400, 'the request must have one Host header');
    }
    if (target === undefined) throw new HttpError(400, 'the request names no path');
    await handler(exchange);
  } catch (error) {
    respondError(exchange, error, headers, onError);
  }
}

/** A handler that writes on after its client has left is not a mistake; after its own end it is. */
function reportResponseError(error: NodeJS.ErrnoException, onError: (error: unknown) => void) {
  if (error.code === 'ERR_STREAM_WRITE_AFTER_END') onError(error);
}

/** Answers a client whose bytes are no request, if there is still somebody to tell. */
function refuse(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  running: readonly ServerResponse[],
  log: RequestLog,
): void {
  // A connection that never sent a byte asked nothing: browsers open some to have them at hand.
  const silent = socket instanceof Socket && socket.bytesRead === 0;
  // Into a response that has begun no other can be written.
  const begun = running.some((response) => response.headersSent);
  if (silent || begun || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal = refusalOf(error.code);
  const text = serializeRefusal(refusal, new Date());
  // The running ones, their bodies late or broken, are logged when the socket is gone.
  if (running.length === 0) log.refused(socket, refusal.status, text.length);
  socket.end(text, () => socket.destroy());
}
