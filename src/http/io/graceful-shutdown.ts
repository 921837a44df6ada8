/**
 * The end of a server: nothing new, what is running may finish, what does not is cut off.
 *
 * Spec      RFC 9112 §9.6 Connection: close
 * Next      listen.ts - makes one of these for each server
 * Left out  telling WebSockets to close (1001): their own server does that first
 *
 *   at once          nothing listens; idle connections are destroyed; running responses say close
 *   up to graceMs    running responses and upgraded sockets go on
 *   then             every socket still open is destroyed
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

/**
 * Knows every socket of a server from its first byte to its last, also those that an upgrade took
 * out of the server's own books. Make it before the server listens.
 */
export class ConnectionTracker {
  readonly #server: HttpServer | HttpsServer;
  readonly #sockets = new Set<Socket>();
  readonly #responses = new Set<ServerResponse>();
  #draining = false;
  #drained: (() => void) | undefined;

  constructor(server: HttpServer | HttpsServer) {
    this.#server = server;
    // An https server has two sockets for a connection: the TCP one and the TLS one upon it.
    server.on('connection', (socket: Socket) => this.#addSocket(socket));
    server.on('secureConnection', (socket: Socket) => this.#addSocket(socket));
    // Before the handler's own listener, which may answer at once.
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) =>
      this.#addResponse(response),
    );
  }

  /** How many sockets are open; an https connection counts twice. */
  get socketCount(): number {
    return this.#sockets.size;
  }

  /** Closes all connections as said above; resolves when the last is gone. Call it once. */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const response of this.#responses) sayClose(response);
    this.#closeIdle();
    if (this.#sockets.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.#destroyAll(), graceMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
      if (graceMs === 0) this.#destroyAll();
    });
  }

  #addSocket(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#drained?.();
    });
    // It was in the queue of the system when we stopped to listen.
    if (this.#draining) socket.destroy();
  }

  #addResponse(response: ServerResponse): void {
    this.#responses.add(response);
    if (this.#draining) sayClose(response);
    response.once('close', () => {
      this.#responses.delete(response);
      if (this.#draining) this.#closeIdle();
    });
  }

  #closeIdle(): void {
    // A connection that has not sent a byte: browsers keep some at hand. It is not Node's idle yet.
    for (const socket of this.#sockets) {
      if (socket.bytesRead === 0) socket.destroy();
    }
    // To Node a connection is idle as soon as its response has ended, though not all of it may have
    // been sent. While there is such a response we wait for it; its 'close' brings us here again.
    const flushing = [...this.#responses].some((response) => response.writableEnded);
    if (!flushing) this.#server.closeIdleConnections();
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
