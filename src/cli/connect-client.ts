/**
 * One connection, or one after the other: the same calls for both.
 *
 * Spec      -
 * Next      connect-session.ts - whom they call
 * Left out  -
 */
import type { ClientRequest } from 'node:http';
import { reconnecting, WebSocket } from '../websocket/index.ts';
import type { ClientOptions, ReconnectOptions } from '../websocket/index.ts';

/** Who is told what happens. `ended` is called once and last. */
export interface ClientCalls {
  /** A request is about to be sent. */
  request(request: ClientRequest): void;
  opened(socket: WebSocket): void;
  message(data: Buffer, isBinary: boolean): void;
  failed(error: Error): void;
  closed(code: number, reason: string): void;
  /** Connects again in `delayMs`, for the `attempt`th time. */
  waiting(attempt: number, delayMs: number): void;
  ended(): void;
}

/** What can be done to a client from outside. */
export interface Client {
  /** Closes for good; gives up what is being made. Throws a RangeError for a bad code or reason. */
  close(code: number, reason: string): void;
  /** Ends for good, without a closing handshake. */
  terminate(): void;
}

/** What stays as wrong as it is, however often it is tried. */
const hopeless = Object.fromEntries(
  [
    'CERT_HAS_EXPIRED',
    'CERT_NOT_YET_VALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_WS_SUBPROTOCOL',
  ].map((code) => [code, 'stop'] as const),
);

/** Connects, and with `reconnect` again. Throws as `new WebSocket` does. */
export function openClient(
  url: URL,
  options: Omit<ClientOptions, 'headers' | 'protocols'> & Pick<ReconnectOptions, 'protocols'> & {
      headers: Record<string, string | string[]>;
      reconnect: boolean;
    },
  calls: ClientCalls,
): Client {
  const { reconnect, ...given } = options;
  const own = {
    ...given,
    finishRequest: (request: ClientRequest) => {
      calls.request(request);
      request.end();
    },
  };
  return reconnect ? openMany(url, own, calls) : openOne(url, own as ClientOptions, calls);
}

function openOne(url: URL, options: ClientOptions, calls: ClientCalls): Client {
  const socket = new WebSocket(url, options);
  socket.on('open', () => calls.opened(socket));
  socket.on('message', (data, isBinary) => calls.message(data, isBinary));
  socket.on('error', (error) => calls.failed(error));
  socket.on('close', (code, reason) => {
    calls.closed(code, reason.toString());
    calls.ended();
  });
  return socket;
}

function openMany(url: URL, options: ReconnectOptions, calls: ClientCalls): Client {
  const client = reconnecting(url, { ...options, rules: hopeless });
  client.on('open', () => calls.opened(client.socket!));
  client.on('message', (data, isBinary) => calls.message(data, isBinary));
  client.on('error', (error) => calls.failed(error));
  client.on('close', (code, reason) => calls.closed(code, reason.toString()));
  client.on('reconnecting', ({ attempt, delayMs }) => calls.waiting(attempt, delayMs));
  client.on('stopped', () => calls.ended());
  return {
    close: (code, reason) => client.close(code, reason),
    terminate: () => {
      const { socket } = client;
      client.close(1000);
      socket?.terminate();
    },
  };
}
