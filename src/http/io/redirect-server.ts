/**
 * The plain http listener: it answers everything with the https address of the same.
 *
 * Spec      RFC 9110 §15.4.9 308 keeps method and body; RFC 6797 §7.2 no HSTS over plain http
 * Next      ../https-location.ts - the address
 * Left out  ACME's http-01 challenges
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { PlainRequest } from '../https-location.ts';
import { securityHeaders } from '../security-headers.ts';
import { nodeServerOptions } from '../server-limits.ts';
import { handleRequests } from './handle-requests.ts';
import type { RequestOptions } from './handle-requests.ts';
import { redirect } from './respond.ts';

/** What a redirecting server needs, and what it can be told. */
export interface RedirectServerOptions extends RequestOptions {
  /** Where a request is sent on to; `httpsLocation` makes it of names that are ours. */
  location: (request: PlainRequest) => string;
}

/** Creates the server; it does not listen yet. */
export function createRedirectServer(options: RedirectServerOptions): Server {
  const server = createServer(nodeServerOptions(options));
  handleRequests(
    server,
    options,
    () => securityHeaders(),
    (exchange) => {
      const { headers, url = '/' } = exchange.request;
      redirect(exchange, options.location({ host: headers.host, target: url }), 308);
    },
  );
  return server;
}
