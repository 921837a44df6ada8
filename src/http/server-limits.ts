/**
 * The limits of a server, and what they are where nobody says otherwise.
 *
 * Spec      RFC 9110 §15.5.9 408; RFC 6585 §5 431
 * Next      io/handle-requests.ts - puts them on a server
 * Left out  the size of bodies, which each handler knows best: io/body.ts
 */
import type { ServerOptions } from 'node:http';

/** Bounds on what one client can take. Every field is optional. */
export interface ServerLimits {
  /** Request line and headers together; beyond it 431. */
  maxHeaderBytes?: number | undefined;
  /** From the first byte of a request, or the connection's start, to the end of its headers. */
  headersTimeoutMs?: number | undefined;
  /** From the first byte of a request to the end of its body. */
  requestTimeoutMs?: number | undefined;
  /** How long a connection may idle between two requests. */
  keepAliveTimeoutMs?: number | undefined;
  /** How many requests one connection may carry. */
  maxRequestsPerConnection?: number | undefined;
  /** How often Node looks for requests that are late; a timeout is seen so much later at worst. */
  timeoutCheckIntervalMs?: number | undefined;
}

/** The limits that hold by default. */
export const defaultServerLimits = {
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 10_000,
  maxRequestsPerConnection: 1000,
  timeoutCheckIntervalMs: 1000,
} as const;

/** The limits in the words of Node's `http.createServer`. */
export function nodeServerOptions(limits: ServerLimits): ServerOptions {
  const headersTimeoutMs = limits.headersTimeoutMs ?? defaultServerLimits.headersTimeoutMs;
  const requestTimeoutMs = limits.requestTimeoutMs ?? defaultServerLimits.requestTimeoutMs;
  return {
    // Node's own check answers without headers and without telling us: host.ts does it instead.
    requireHostHeader: false,
    maxHeaderSize: limits.maxHeaderBytes ?? defaultServerLimits.maxHeaderBytes,
    // Node refuses a time for the headers that is longer than that for the whole request.
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs ?? defaultServerLimits.keepAliveTimeoutMs,
    connectionsCheckingInterval:
      limits.timeoutCheckIntervalMs ?? defaultServerLimits.timeoutCheckIntervalMs,
  };
}
