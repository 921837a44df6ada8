/**
 * One `upgrade` listener on an HTTP server, shared by all the WebSocket servers attached to it.
 *
 * Spec      RFC 9110 §7.8 Upgrade
 * Next      server.ts - decides and answers the requests that are for it
 * Left out  -
 *
 *   request            asks for websocket, a server's path   that server
 *                      other, somebody else listens too      left to them
 *                      other, nobody else listens            answered here, or it would hang
 */
import type { IncomingMessage, Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { asciiLowerCase, splitList } from '../../shared/index.ts';
import type { UpgradeRejection } from '../handshake.ts';
import { serializeUpgradeResponse } from '../upgrade-response.ts';

/** One of those who share the listener. */
export interface UpgradeTarget {
  shouldHandle(request: IncomingMessage): boolean;
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const targetsOf = new WeakMap<HttpServer | HttpsServer, Set<UpgradeTarget>>();

/** Adds a target; the answer is a function that takes it away again. */
export function attachUpgrade(server: HttpServer | HttpsServer, target: UpgradeTarget): () => void {
  let targets = targetsOf.get(server);
  if (targets === undefined) {
    targets = new Set();
    targetsOf.set(server, targets);
  }
  if (targets.size === 0) server.on('upgrade', dispatch);
  targets.add(target);
  return () => {
    targets.delete(target);
    if (targets.size === 0) server.off('upgrade', dispatch);
  };
}

function dispatch(
  this: HttpServer | HttpsServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const wanted = splitList(request.headers.upgrade ?? '').map(asciiLowerCase);
  const asksForUs = wanted.includes('websocket');
  if (asksForUs) {
    for (const target of targetsOf.get(this) ?? []) {
      if (target.shouldHandle(request)) return target.takeUpgrade(request, socket, head);
    }
  }
  if (this.listenerCount('upgrade') > 1) return;
  if (asksForUs) refuseUpgrade(socket, unknownPath);
  // Node saw an Upgrade header, but there were too many for it to keep this one.
  else refuseUpgrade(socket, request.headers.upgrade === undefined ? tooManyHeaders : notForUs);
}

/** Answers an upgrade request with a refusal and closes its socket. Throws for a bad header. */
export function refuseUpgrade(socket: Duplex, rejection: UpgradeRejection): void {
  const response = serializeUpgradeResponse(rejection);
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(response);
}

const unknownPath: UpgradeRejection = {
  kind: 'reject',
  status: 404,
  message: 'no WebSocket endpoint at this path',
  headers: {},
};
const tooManyHeaders: UpgradeRejection = {
  kind: 'reject',
  status: 400,
  message: 'too many headers',
  headers: {},
};
const notForUs: UpgradeRejection = {
  kind: 'reject',
  status: 426,
  message: 'expected Upgrade: websocket',
  headers: { Upgrade: 'websocket' },
};
