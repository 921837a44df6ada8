/**
 * The shape in which programs written for npm ws import their library.
 *
 * Spec      -
 * Next      index.ts - makes it the default export, and what `require` returns
 * Left out  `Receiver`, `Sender` and other inner classes of npm ws: ours have the names of what
 *           they do
 *
 *   import WebSocket from 'barewire/websocket';        new WebSocket(…), new WebSocket.Server(…)
 *   const WebSocket = require('barewire/websocket');   the same
 *   const { WebSocketServer } = require('barewire/websocket');
 */
import { WebSocket } from './connection.ts';
import { WebSocketServer } from './server.ts';
import { createWebSocketStream } from './streams.ts';

/** The class `WebSocket` with everything else that npm ws hangs on it. */
export const wsModule = Object.assign(WebSocket, {
  Server: WebSocketServer,
  WebSocket,
  WebSocketServer,
  createWebSocketStream,
});

/** The default import as a type: a connection. */
export type wsModule = WebSocket;
