/**
 * What a client may be told beside what every connection may be told.
 *
 * Spec      -; the names are those of npm ws, `http.request` and `tls.connect`
 * Next      client.ts - heeds them; connection-options.ts - those of both roles
 * Left out  reconnecting: reconnect.ts
 */
import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { OwnHeaderOptions } from '../client-handshake.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import type { WebSocket } from './connection.ts';

/** What the address says, and what a handshake has no use for. */
type NotForClients =
  | 'headers'
  | 'auth'
  | 'host'
  | 'hostname'
  | 'method'
  | 'path'
  | 'port'
  | 'protocol'
  | 'socketPath'
  | 'timeout';

/**
 * Options of a client. Those of `http.request` and `tls.connect` are passed on: `agent`,
 * `createConnection`, `lookup`, `family`, `localAddress`, `signal`, `ca`, `cert`, `key`,
 * `servername`, `rejectUnauthorized`, `maxHeaderSize`, ...
 */
export interface ClientOptions
  extends ConnectionOptions, OwnHeaderOptions, Omit<RequestOptions, NotForClients> {
  /** Sub-protocols to offer, if the constructor is given none. */
  protocols?: string | readonly string[];
  /** Milliseconds from the first step to the last, redirects too; 0: no end. Default 10,000. */
  handshakeTimeout?: number;
  /** Whether redirects are followed. Default false. */
  followRedirects?: boolean;
  /** How many. Default 10. */
  maxRedirects?: number;
  /** Draws masking keys in place of our own generator. */
  generateMask?: (mask: Buffer) => void;
  /** Called before each request is sent; it has to call `request.end()`. */
  finishRequest?: (request: ClientRequest, websocket: WebSocket) => void;
  /** Only 13. */
  protocolVersion?: number;
}

/** What holds unless an option says otherwise. */
export const clientDefaults = {
  handshakeTimeoutMs: 10_000,
  maxRedirects: 10,
  /** Bytes of a response's head; a longer one ends the handshake. */
  maxHeaderBytes: 16 * 1024,
  /** Bytes of a refusal's body that its error tells. */
  errorBodyBytes: 1024,
} as const;

/** The options that have rules of their own. Throws a RangeError for a value that breaks them. */
export function checkClientOptions(options: ClientOptions): void {
  const { protocolVersion = 13 } = options;
  if (protocolVersion !== 13) {
    throw new RangeError(`protocolVersion must be 13, got ${protocolVersion}`);
  }
  // What timers of Node can wait for: more would be no time at all.
  checkNumber('handshakeTimeout', options.handshakeTimeout, 2 ** 31 - 1);
  checkNumber('maxRedirects', options.maxRedirects, Number.MAX_SAFE_INTEGER);
}

function checkNumber(name: string, value: number | undefined, most: number): void {
  if (value === undefined || (value >= 0 && value <= most)) return;
  throw new RangeError(`${name} must be a number from 0 to ${most}, got ${String(value)}`);
}
