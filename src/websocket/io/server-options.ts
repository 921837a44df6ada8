/**
 * How a WebSocketServer is set up.
 *
 * Spec      -; the names without a unit are those of npm ws, which programs already know
 * Next      server.ts - heeds them
 * Left out  what a connection may be told: ../connection-options.ts
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { checkAllowedHosts } from '../allowed-hosts.ts';
import type { AllowedHosts } from '../allowed-hosts.ts';
import type { ConnectionLimitOptions } from '../connection-limits.ts';
import { checkConnectionOptions } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { checkAllowedOrigins } from '../origin.ts';
import type { AllowedOrigins } from '../origin.ts';
import type { WebSocket } from './connection.ts';
import type { VerifyClient } from './verification.ts';

/**
 * Options of a WebSocketServer: exactly one of `port`, `server` and `noServer` is given. null is as
 * good as nothing, as in npm ws.
 */
export interface WebSocketServerOptions extends ConnectionOptions, ConnectionLimitOptions {
  /** A server of its own on this port; 0 picks a free one. */
  port?: number | undefined;
  /** The address for `port`. Default: every address of this machine, as for `node:http`. */
  host?: string | undefined;
  /** How many connections may wait to be taken on `port`. Default 511, as for `node:net`. */
  backlog?: number | undefined;
  /** An existing `node:http` or `node:https` server to attach to. */
  server?: HttpServer | HttpsServer | undefined;
  /** No server: the program calls `handleUpgrade` itself. */
  noServer?: boolean | undefined;
  /** Take only requests to this path; others are left to other servers, or answered with 404. */
  path?: string | undefined;
  /** Whether `clients` is kept. Default true. */
  clientTracking?: boolean | undefined;
  /** Chooses a sub-protocol, or none. Default: the first that the client offers. */
  handleProtocols?:
    ((protocols: Set<string>, request: IncomingMessage) => string | false) | undefined;
  /** Takes a request or refuses it, now or later. The Origin is checked all the same, before. */
  verifyClient?: VerifyClient | undefined;
  /** The class of the connections: WebSocket, or one that extends it. */
  WebSocket?: typeof WebSocket | undefined;
  /** Whose pages may connect. Default 'same': those of the host and port that was asked. */
  allowedOrigins?: AllowedOrigins<IncomingMessage> | undefined;
  /** The names that a server on a loopback address answers to, besides those of loopback. */
  allowedHosts?: AllowedHosts | undefined;
  /** The most connections, handshakes under way among them; more get 503. Default: no limit. */
  maxConnections?: number | undefined;
  /** The same for each address; more get 429. Default: no limit. */
  maxConnectionsPerAddress?: number | undefined;
  /** The address of a client, for a server behind a proxy. Default: that of its socket. */
  clientAddress?: ((request: IncomingMessage) => string | undefined) | undefined;
  /**
   * Milliseconds that a handshake may take: the request of a client on `port`, and the answer of
   * `verifyClient`. Default 10,000.
   */
  handshakeTimeout?: number;
}

/** Milliseconds that a handshake may take unless an option says otherwise. */
export const defaultHandshakeTimeoutMs = 10_000;

/** The longest time a timer of Node can run. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * The options without those that are null. Throws a TypeError unless exactly one of `port`,
 * `server` and `noServer` is given, and for a value of the wrong kind; a RangeError for a number
 * that makes no sense.
 */
export function readServerOptions(given: WebSocketServerOptions): WebSocketServerOptions {
  if (given !== undefined && (typeof given !== 'object' || given === null)) {
    throw new TypeError(`options must be an object such as { port: 8080 }, got ${String(given)}`);
  }
  const entries = Object.entries(given ?? {}).filter(([, value]) => value != null);
  const options = Object.fromEntries(entries) as WebSocketServerOptions;
  const ways = (['port', 'server', 'noServer'] as const).filter((name) => {
    return name === 'port' ? options.port !== undefined : Boolean(options[name]);
  });
  if (ways.length !== 1) {
    const got = ways.length === 0 ? 'none of them' : ways.join(' and ');
    throw new TypeError(
      `exactly one of the options port, server and noServer must be given, got ${got}`,
    );
  }
  checkServer(options.server);
  checkPath(options.path);
  if (options.allowedOrigins !== undefined) checkAllowedOrigins(options.allowedOrigins);
  if (options.allowedHosts !== undefined) checkAllowedHosts(options.allowedHosts);
  for (const name of ['handleProtocols', 'verifyClient', 'clientAddress', 'WebSocket'] as const) {
    checkFunction(name, options[name]);
  }
  checkConnectionOptions(options);
  checkWhole('maxConnections', options.maxConnections, Infinity);
  checkWhole('maxConnectionsPerAddress', options.maxConnectionsPerAddress, Infinity);
  checkWhole('handshakeTimeout', options.handshakeTimeout, maxTimerMs);
  return options;
}

/** What Express and others make is no server yet, and would never see an upgrade. */
function checkServer(server: unknown): void {
  if (!server) return;
  const methods = ['on', 'listen', 'address'] as const;
  const parts = server as Readonly<Record<string, unknown>>;
  if (methods.every((name) => typeof parts[name] === 'function')) return;
  const got =
    typeof server === 'function' ? 'a function; give what its listen() returns' : typeof server;
  throw new TypeError(`server must be an http.Server or https.Server, got ${got}`);
}

function checkPath(path: unknown): void {
  if (!path || (typeof path === 'string' && /^\/[^?#]*$/.test(path))) return;
  const got = typeof path === 'string' ? JSON.stringify(path) : String(path);
  throw new TypeError(`path must begin with / and have no query, got ${got}`);
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new TypeError(`${name} must be a function, got ${JSON.stringify(value)}`);
}

function checkWhole(name: string, value: unknown, most: number): void {
  if (value === undefined || (value === Infinity && most === Infinity)) return;
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return;
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, got ${String(value)}`);
}
