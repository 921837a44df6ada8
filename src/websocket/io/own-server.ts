/**
 * The HTTP server that a WebSocketServer makes for itself when it is given a port.
 *
 * Spec      RFC 9110 §15.5.22 426, §15.5.9 408; RFC 6585 §5 431
 * Next      server.ts - listens on it
 * Left out  everything but upgrades: give `server` for a server that does more
 *
 * A client that sends its request slowly, or none at all, is told 408 at the deadline.
 */
import * as http from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { defaultHandshakeTimeoutMs } from './server-options.ts';

/** The longest request line and headers, in bytes. */
export const maxRequestHeadBytes = 16 * 1024;

/** Makes a server that answers requests with 426, none later than its deadline. */
export function createOwnServer(options: { handshakeTimeout?: number | undefined }): Server {
  const deadlineMs = options.handshakeTimeout ?? defaultHandshakeTimeoutMs;
  const settings = {
    headersTimeout: deadlineMs,
    requestTimeout: deadlineMs,
    // How often Node looks for requests that are late.
    connectionsCheckingInterval: Math.min(deadlineMs, 1000),
    maxHeaderSize: maxRequestHeadBytes,
  };
  return http.createServer(settings, upgradeRequired);
}

function upgradeRequired(_request: IncomingMessage, response: ServerResponse): void {
  const body = 'this server speaks WebSocket only\n';
  response.writeHead(426, {
    Upgrade: 'websocket',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
}
