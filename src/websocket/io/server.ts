/**
 * WebSocket connections on an HTTP server.
 *
 * Spec      RFC 6455 §4.2 the server's side of the handshake
 * Next      connection.ts - what a program gets with the `connection` event
 * Left out  rules of the handshake, which are decided in handshake.ts
 */
import { EventEmitter } from 'node:events';
import * as http from 'node:http';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from '../connection-options.ts';
import { CloseCode } from '../constants.ts';
import { decideUpgrade, serializeUpgradeResponse } from '../handshake.ts';
import type { UpgradeDecision, UpgradeOptions } from '../handshake.ts';
import type { AllowedOrigins } from '../origin.ts';
import { WebSocket } from './connection.ts';
import { attachUpgrade, refuseUpgrade } from './upgrade-listener.ts';

/** How a WebSocketServer is set up: exactly one of `port`, `server` and `noServer` is given. */
export interface WebSocketServerOptions extends ConnectionOptions {
  /** A server of its own on this port; 0 picks a free one. */
  port?: number;
  /** The address for `port`. Default: every address of this machine, as for `node:http`. */
  host?: string;
  /** An existing `node:http` or `node:https` server to attach to. */
  server?: HttpServer | HttpsServer;
  /** No server: the program calls `handleUpgrade` itself. */
  noServer?: boolean;
  /** Take only requests to this path; others are left to other servers, or answered with 404. */
  path?: string;
  /** Whose pages may connect. Default 'same': those of the host and port that was asked. */
  allowedOrigins?: AllowedOrigins;
  /** Chooses a sub-protocol, or none. Default: the first that the client offers. */
  handleProtocols?: (protocols: ReadonlySet<string>, request: IncomingMessage) => string | false;
}

/** How `shutdown` ended. */
export interface ShutdownResult {
  /** Connections that closed within the time given. */
  closed: number;
  /** Connections that had to be cut. */
  terminated: number;
}

interface ServerEvents {
  connection: [socket: WebSocket, request: IncomingMessage];
  refused: [request: IncomingMessage, status: number];
  listening: [];
  error: [error: Error];
  close: [];
}

/**
 * Accepts WebSocket connections. Events: `connection (socket, request)`, and with `port` or
 * `server` also `listening`, `error`, `close`.
 *
 * A request that is refused is answered with a status and a sentence; `refused (request, status)`
 * tells of it.
 */
export class WebSocketServer extends EventEmitter<ServerEvents> {
  /** The connections that are not closed yet. */
  readonly clients: Set<WebSocket> = new Set();

  readonly #options: WebSocketServerOptions;
  readonly #server: HttpServer | HttpsServer | undefined;
  readonly #detach: () => void;
  #state: 'running' | 'closing' | 'closed' = 'running';

  /** Throws a TypeError unless exactly one of `port`, `server` and `noServer` is given. */
  constructor(options: WebSocketServerOptions) {
    super();
    const { port, server, noServer } = options;
    if (
      Number(port !== undefined) + Number(server !== undefined) + Number(noServer === true) !==
      1
    ) {
      throw new TypeError('exactly one of the options port, server and noServer must be given');
    }
    this.#options = options;
    this.#server = server ?? (port === undefined ? undefined : http.createServer(upgradeRequired));
    this.#detach = this.#server === undefined ? () => {} : this.#attach(this.#server);
    if (port !== undefined) this.#server?.listen(port, options.host);
  }

  /** Where the server listens, as `net.Server` tells it. Throws an Error with `noServer`. */
  address(): AddressInfo | string | null {
    if (this.#server === undefined) throw new Error('the server operates in noServer mode');
    return this.#server.address();
  }

  /** Whether a request is for this server: its path is. */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.#options;
    return path === undefined || (request.url ?? '').split('?', 1)[0] === path;
  }

  /**
   * Answers an upgrade request: with the 101 and a connection for the callback, or with a refusal.
   * The socket belongs to this server from here on.
   */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (socket: WebSocket, request: IncomingMessage) => void,
  ): void {
    const decision = this.#decide(request);
    if (decision.kind === 'reject') {
      refuseUpgrade(socket, decision);
      this.emit('refused', request, decision.status);
      return;
    }
    if (!socket.readable || !socket.writable) return void socket.destroy();
    socket.write(serializeUpgradeResponse(decision));
    const connection = new WebSocket(null, undefined, this.#options);
    connection.establish({
      role: 'server',
      socket,
      head,
      protocol: decision.protocol,
    });
    this.clients.add(connection);
    connection.on('close', () => {
      this.clients.delete(connection);
      this.#closeIfDone();
    });
    callback(connection, request);
  }

  /**
   * Takes no more connections; `close` is emitted, and the callback called, once the last one is
   * gone. A server of its own stops listening; one that was passed in goes on with HTTP.
   */
  close(callback?: (error?: Error) => void): void {
    if (callback !== undefined) {
      if (this.#state === 'closed') process.nextTick(callback, new Error('the server is closed'));
      else this.once('close', callback);
    }
    if (this.#state !== 'running') return;
    this.#state = 'closing';
    this.#detach();
    if (this.#options.port !== undefined) this.#server?.close(() => this.#closeIfDone());
    process.nextTick(() => this.#closeIfDone());
  }

  /**
   * Closes the server and all its connections, with `code` (default 1001, going away); those that
   * have not closed after `graceMs` (default 2,000) are cut. Resolves when all are gone.
   */
  async shutdown(
    options: { code?: number; reason?: string; graceMs?: number } = {},
  ): Promise<ShutdownResult> {
    const { code = CloseCode.goingAway, reason = '', graceMs = 2000 } = options;
    const all = this.clients.size;
    let terminated = 0;
    const gone = new Promise<void>((resolve) => this.close(() => resolve()));
    for (const client of this.clients) client.close(code, reason);
    const timer = setTimeout(() => {
      terminated = this.clients.size;
      for (const client of this.clients) client.terminate();
    }, graceMs);
    await gone;
    clearTimeout(timer);
    return { closed: all - terminated, terminated };
  }

  #closeIfDone(): void {
    const ownServerListens = this.#options.port !== undefined && this.#server?.listening === true;
    if (this.#state !== 'closing' || this.clients.size > 0 || ownServerListens) return;
    this.#state = 'closed';
    this.emit('close');
  }

  #decide(request: IncomingMessage): UpgradeDecision {
    const message = 'the server is shutting down';
    if (this.#state !== 'running') return { kind: 'reject', status: 503, message, headers: {} };
    const { allowedOrigins, handleProtocols } = this.#options;
    const upgrade: UpgradeOptions = {};
    if (allowedOrigins !== undefined) upgrade.allowedOrigins = allowedOrigins;
    if (handleProtocols) upgrade.chooseProtocol = (offered) => handleProtocols(offered, request);
    return decideUpgrade(request, upgrade);
  }

  #attach(server: HttpServer | HttpsServer): () => void {
    const detachUpgrade = attachUpgrade(server, {
      shouldHandle: (request) => this.shouldHandle(request),
      takeUpgrade: (request, socket, head) => {
        this.handleUpgrade(request, socket, head, (connection) => {
          this.emit('connection', connection, request);
        });
      },
    });
    const onListening = () => void this.emit('listening');
    const onError = (error: Error) => void this.emit('error', error);
    server.on('listening', onListening).on('error', onError);
    return () => {
      detachUpgrade();
      server.off('listening', onListening).off('error', onError);
    };
  }
}

function upgradeRequired(_request: IncomingMessage, response: http.ServerResponse): void {
  const body = 'this server speaks WebSocket only\n';
  response.writeHead(426, { Upgrade: 'websocket', 'Content-Length': body.length });
  response.end(body);
}
