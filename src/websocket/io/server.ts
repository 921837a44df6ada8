/**
 * WebSocket connections on an HTTP server.
 *
 * Spec      RFC 6455 §4.2 the server's side of the handshake
 * Next      upgrade-desk.ts - answers the requests; connection.ts - what a program gets
 * Left out  options and their defaults: server-options.ts, docs/websocket/server.md
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { broadcast } from '../broadcast.ts';
import type { BroadcastData, BroadcastOptions, BroadcastResult } from '../broadcast.ts';
import { encodeClosePayload } from '../close-frame.ts';
import { CloseCode } from '../constants.ts';
import { WebSocket } from './connection.ts';
import { createOwnServer } from './own-server.ts';
import { defaultHandshakeTimeoutMs, readServerOptions } from './server-options.ts';
import type { WebSocketServerOptions } from './server-options.ts';
import { UpgradeDesk } from './upgrade-desk.ts';
import { attachUpgrade } from './upgrade-listener.ts';

/** How `shutdown` goes about it. */
export interface ShutdownOptions {
  /** The close code for every connection. Default 1001, going away. */
  code?: number;
  /** The close reason, at most 123 bytes. */
  reason?: string;
  /** Milliseconds that connections have to close by themselves. Default 2,000. */
  graceMs?: number;
}

/** How `shutdown` ended. */
export interface ShutdownResult {
  /** Connections that closed within the time given. */
  closed: number;
  /** Connections that had to be cut. */
  terminated: number;
}

interface ServerEvents {
  /** Programs that emit it themselves may add what they know, such as the user. */
  connection: [socket: WebSocket, request: IncomingMessage, ...more: unknown[]];
  headers: [lines: string[], request: IncomingMessage];
  refused: [request: IncomingMessage, status: number];
  wsClientError: [error: Error, socket: Duplex, request: IncomingMessage];
  listening: [];
  error: [error: Error];
  close: [];
}

/**
 * Accepts WebSocket connections. Events: `connection (socket, request)`, `headers (lines,
 * request)`, `wsClientError (error, socket, request)`, `refused (request, status)`, `close`, and
 * with `port` or `server` also `listening` and `error`.
 *
 * A request that is refused is answered with a status and a sentence; `refused` tells of it. If
 * somebody listens to `wsClientError`, the socket of a request that is no proper handshake is
 * theirs to answer.
 */
export class WebSocketServer extends EventEmitter<ServerEvents> {
  /** The connections that are not closed yet; undefined when `clientTracking` is false. */
  declare readonly clients: Set<WebSocket>;
  /** What the server was told; looked at for each request anew. */
  readonly options: WebSocketServerOptions;

  /** The connections, whether or not a program may see them. */
  readonly #connections: Set<WebSocket>;
  readonly #desk: UpgradeDesk;
  #server: HttpServer | HttpsServer | undefined;
  /** The server, if it is our own, until its port and its connections are free. */
  #ownServer: HttpServer | undefined;
  #detach: () => void;
  #state: 'running' | 'closing' | 'closed';
  /** Called when the last connection has gone. */
  #onEmpty: (() => void)[];

  /**
   * `onListening` is a listener for `listening`. Throws a TypeError unless exactly one of `port`,
   * `server` and `noServer` is given, and a TypeError or RangeError for other options that make no
   * sense.
   */
  constructor(options: WebSocketServerOptions, onListening?: () => void) {
    super();
    this.options = readServerOptions(options);
    const { port, server, clientTracking } = this.options;
    if (clientTracking !== false) this.clients = new Set();
    this.#connections = new Set();
    this.#onEmpty = [];
    this.#state = 'running';
    this.#desk = this.#openDesk();
    if (onListening !== undefined) this.once('listening', onListening);
    this.#ownServer = port === undefined ? undefined : createOwnServer(this.options);
    this.#server = this.#ownServer ?? server;
    this.#detach = this.#server === undefined ? () => {} : this.#attach(this.#server);
    const { host, backlog } = this.options;
    this.#ownServer?.listen({ port, host, backlog });
  }

  /**
   * Where the server listens, as `net.Server` tells it; null when it does not. Throws an Error with
   * `noServer`.
   */
  address(): AddressInfo | string | null {
    if (this.options.noServer) throw new Error('the server operates in noServer mode');
    return this.#server?.address() ?? null;
  }

  /** Whether a request is for this server: its path is. May be overridden. */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    return !path || (request.url ?? '').split('?', 1)[0] === path;
  }

  /**
   * Answers an upgrade request: with a 101 and a connection for the callback, or with a refusal;
   * later if `verifyClient` answers later. The socket belongs to this server from here on.
   *
   * Throws an Error for a socket that was given to a WebSocketServer before.
   */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    callback: (socket: WebSocket, request: IncomingMessage) => void,
  ): void {
    this.#desk.take(request, socket, head, (connection) => {
      this.#connections.add(connection);
      this.clients?.add(connection);
      callback(connection, request);
    });
  }

  /**
   * Sends one message to every connection that is open, encoded once: a string as text, bytes as
   * binary, unless `binary` says otherwise. `except` leaves out a connection, or several. Tells
   * what became of the copies. Throws a TypeError for other data.
   */
  broadcast(data: BroadcastData, options: BroadcastOptions<WebSocket> = {}): BroadcastResult {
    return broadcast(this.#connections, data, options);
  }

  /**
   * Takes no more connections, and leaves those that there are alone. `close` is emitted, and the
   * callback called, when the last one has gone - at once if they are not tracked and the HTTP
   * server is not ours. A server of our own stops listening; one that was passed in goes on with
   * HTTP. The callback of a server that is closed already is given an Error.
   */
  close(callback?: (error?: Error) => void): void {
    if (callback !== undefined) {
      if (this.#state !== 'closed') this.once('close', callback);
      else process.nextTick(callback, new Error('The server is not running'));
    }
    if (this.#state !== 'running') return;
    this.#state = 'closing';
    this.#desk.close();
    this.#server = undefined;
    if (this.#ownServer === undefined) this.#detach();
    else this.#closeOwnServer(this.#ownServer);
    process.nextTick(() => this.#closeIfDone());
  }

  /**
   * Closes the server and all its connections; those that have not closed in time are cut.
   * Handshakes under way are refused. Resolves when all are gone. Throws a RangeError for a code or
   * reason that must not be sent, and for a `graceMs` that is no time.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<ShutdownResult> {
    const { code = CloseCode.goingAway, reason = '', graceMs = 2000 } = options;
    if (!(graceMs >= 0)) throw new RangeError(`graceMs must be 0 or more, got ${graceMs}`);
    encodeClosePayload(code, reason);
    const all = [...this.#connections];
    let terminated = 0;
    const closed = new Promise<void>((resolve) => this.close(() => resolve()));
    const empty = new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    for (const connection of all) connection.close(code, reason);
    const timer = setTimeout(() => {
      terminated = this.#connections.size;
      for (const connection of this.#connections) connection.terminate();
      // Requests that are not complete, of which there may be some on a server of our own.
      this.#ownServer?.closeAllConnections();
    }, graceMs);
    this.#tellIfEmpty();
    await empty;
    await closed;
    clearTimeout(timer);
    return { closed: all.length - terminated, terminated };
  }

  #openDesk(): UpgradeDesk {
    return new UpgradeDesk({
      options: this.options,
      isOpen: () => this.#state === 'running',
      shouldHandle: (request) => this.shouldHandle(request),
      gone: (connection) => this.#forget(connection),
      headers: (lines, request) => void this.emit('headers', lines, request),
      refused: (request, status) => void this.emit('refused', request, status),
      takesClientErrors: () => this.listenerCount('wsClientError') > 0,
      clientError: (...given) => void this.emit('wsClientError', ...given),
    });
  }

  #attach(server: HttpServer | HttpsServer): () => void {
    const detachUpgrade = attachUpgrade(server, {
      shouldHandle: (request) => this.#mayHandle(request),
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

  /** A `shouldHandle` that throws will throw again in handleUpgrade, where that is answered. */
  #mayHandle(request: IncomingMessage): boolean {
    try {
      return this.shouldHandle(request);
    } catch {
      return true;
    }
  }

  /** Whoever has a connection to it already, and asks only now, is told 503. */
  #closeOwnServer(server: HttpServer): void {
    const { handshakeTimeout = defaultHandshakeTimeoutMs } = this.options;
    // Once it is closed, Node looks for late requests no more. WebSockets are none of these.
    const deadline = setTimeout(() => server.closeAllConnections(), handshakeTimeout);
    server.close(() => {
      clearTimeout(deadline);
      this.#detach();
      this.#ownServer = undefined;
      this.#closeIfDone();
    });
  }

  #forget(connection: WebSocket): void {
    this.clients?.delete(connection);
    if (!this.#connections.delete(connection)) return;
    this.#tellIfEmpty();
    this.#closeIfDone();
  }

  #tellIfEmpty(): void {
    if (this.#connections.size > 0) return;
    for (const onEmpty of this.#onEmpty.splice(0)) onEmpty();
  }

  #closeIfDone(): void {
    if (this.#state !== 'closing' || this.#ownServer !== undefined) return;
    // As in npm ws: who does not want his connections tracked is not made to wait for them.
    if (this.options.clientTracking !== false && this.#connections.size > 0) return;
    this.#state = 'closed';
    this.emit('close');
  }
}
