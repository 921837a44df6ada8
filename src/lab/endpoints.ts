/**
 * The WebSocket endpoints of `barewire serve`, by path.
 *
 * Spec      RFC 6455 §4.2 - performed by WebSocketServer
 * Next      server.ts - puts them on a server
 * Left out  -
 *
 *   /chat        instant messaging, sub-protocol barewire.chat.v1
 *   /ping-gnip   every text comes back reversed
 *   /countdown   N-1, N-2, ... 0, one a second
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { chatSubprotocol, ChatService } from '../chat/index.ts';
import { serializeUpgradeResponse, WebSocketServer } from '../websocket/index.ts';
import type { WebSocket } from '../websocket/index.ts';
import { serveCountdown } from './countdown.ts';
import { servePingGnip } from './ping-gnip.ts';

/** Told of every upgrade request and the status it was answered with. */
export type UpgradeLog = (request: IncomingMessage, status: number) => void;

/** All WebSocket endpoints of one server. */
export class Endpoints {
  readonly #log: UpgradeLog;
  readonly #chat = new ChatService();
  readonly #servers: ReadonlyMap<string, WebSocketServer>;

  constructor(log: UpgradeLog) {
    this.#log = log;
    this.#servers = new Map([
      ['/chat', this.#endpoint((socket) => this.#chat.accept(socket), [chatSubprotocol])],
      ['/ping-gnip', this.#endpoint(servePingGnip)],
      ['/countdown', this.#endpoint(serveCountdown)],
    ]);
  }

  /** Answers an upgrade request: by the endpoint of its path, or with 404. */
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const server = this.#servers.get(path);
    if (server === undefined) return this.#refuseUnknown(request, socket);
    server.handleUpgrade(request, socket, head, (connection) => {
      server.emit('connection', connection, request);
    });
  }

  /** Closes every connection with 1001; those that do not answer are cut after `graceMs`. */
  async shutdown(graceMs: number): Promise<void> {
    const reason = 'the server is shutting down';
    await Promise.all(
      [...this.#servers.values()].map((server) => server.shutdown({ reason, graceMs })),
    );
  }

  #endpoint(
    serve: (socket: WebSocket) => void,
    protocols: readonly string[] = [],
  ): WebSocketServer {
    const server = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => protocols.find((protocol) => offered.has(protocol)) ?? false,
    });
    server.on('connection', (socket, request) => {
      this.#log(request, 101);
      serve(socket);
    });
    server.on('refused', (request, status) => this.#log(request, status));
    return server;
  }

  #refuseUnknown(request: IncomingMessage, socket: Duplex): void {
    const message = 'no WebSocket endpoint at this path';
    socket.on('error', () => socket.destroy());
    socket.end(
      serializeUpgradeResponse({ kind: 'reject', status: 404, message, headers: {} }),
      () => socket.destroy(),
    );
    this.#log(request, 404);
  }
}
