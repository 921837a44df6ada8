/**
 * An HTTPS server on node:https: routes, static files, bodies, limits, and a graceful end.
 *
 * Reading order
 *   request-target.ts, host.ts, router.ts, io/exchange.ts, io/dispatch.ts   from request to handler
 *   io/respond.ts, html.ts, http-error.ts, io/respond-error.ts     the answers
 *   static-path.ts, content-type.ts, entity-tag.ts, io/static-files.ts   files
 *   media-type.ts, io/body.ts                                      what clients send
 *   session-id.ts, io/visitor.ts                                   visitors
 *   security-headers.ts, server-limits.ts, refusal.ts, access-log.ts, io/request-log.ts,
 *   io/handle-requests.ts, io/https-server.ts                      the server
 *   https-location.ts, io/redirect-server.ts                       its plain http neighbour
 *   io/listen.ts, io/graceful-shutdown.ts                          its beginning and its end
 */
export { Router } from './router.ts';
export type { RouteMatch } from './router.ts';
export { HttpError } from './http-error.ts';
export { escapeHtml, serializeHtmlPage } from './html.ts';
export { serializeAccessLine } from './access-log.ts';
export { httpsLocation } from './https-location.ts';
export { readSessionId, sessionCookieName } from './session-id.ts';
export { Exchange } from './io/exchange.ts';
export type { Handler } from './io/exchange.ts';
export { dispatch } from './io/dispatch.ts';
export { redirect, respondHtml, respondJson, respondText } from './io/respond.ts';
export { readBody, readForm, readJson } from './io/body.ts';
export { serveFile, staticFiles } from './io/static-files.ts';
export { visitorSessionId } from './io/visitor.ts';
export { createHttpsServer } from './io/https-server.ts';
export type { HttpsServerOptions } from './io/https-server.ts';
export { createRedirectServer } from './io/redirect-server.ts';
export { listen, ListenError } from './io/listen.ts';
export type { Listener } from './io/listen.ts';
