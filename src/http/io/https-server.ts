/**
 * An HTTPS server on node:https with limits, security headers, a log, and errors that stay inside.
 *
 * Spec      RFC 9110; RFC 8446 and RFC 5246 (TLS 1.3 and 1.2, by Node); RFC 9325 §3.1.1
 * Next      handle-requests.ts - what it does with a request; listen.ts - how it begins to listen
 * Left out  HTTP/2; client certificates; several certificates by name: Node's `addContext` is there
 */
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { securityHeaders } from '../security-headers.ts';
import { nodeServerOptions } from '../server-limits.ts';
import type { Handler } from './exchange.ts';
import { handleRequests } from './handle-requests.ts';
import type { RequestOptions } from './handle-requests.ts';

/** What an HTTPS server needs, and what it can be told. */
export interface HttpsServerOptions extends RequestOptions {
  /** The private key, PEM. */
  key: string;
  /** The certificate and those between it and the root, PEM. */
  cert: string;
  handler: Handler;
  /** Tells browsers to use https only, for so long; never sent for localhost and addresses. */
  strictTransportSecuritySeconds?: number | undefined;
}

/** A peer that has not finished its TLS handshake by then is cut off. */
const handshakeTimeoutMs = 10_000;

/** Creates an HTTPS server; it does not listen yet. WebSocket servers can be attached to it. */
export function createHttpsServer(options: HttpsServerOptions): Server {
  const server = createServer({
    ...nodeServerOptions(options),
    key: options.key,
    cert: options.cert,
    // MUST NOT (RFC 8996): TLS 1.0 and 1.1.
    minVersion: 'TLSv1.2',
    handshakeTimeout: handshakeTimeoutMs,
  });
  const { strictTransportSecuritySeconds } = options;
  handleRequests(
    server,
    options,
    ({ headers }) => securityHeaders({ host: headers.host, strictTransportSecuritySeconds }),
    options.handler,
  );
  return server;
}
