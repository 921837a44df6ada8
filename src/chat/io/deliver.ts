/**
 * One message to one socket, unless the socket reads too slowly.
 *
 * Spec      -
 * Next      broadcaster.ts - the same for many; chat-service.ts - answers to one
 * Left out  queues of our own: what is not yet sent waits in the WebSocket, which counts it
 */
import { WebSocket } from '../../websocket/index.ts';
import type { PreparedMessage } from '../../websocket/index.ts';
import { decideDelivery } from '../delivery-policy.ts';

/** What is needed of a WebSocket to send to it under a policy. */
export interface ReceivingSocket {
  readonly readyState: number;
  /** Bytes that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  send(data: string | PreparedMessage): void;
  close(code: number, reason: string): void;
}

/** Sends, or closes a socket that holds more than `maxQueuedBytes`. Returns whether it was sent. */
export function deliver(
  socket: ReceivingSocket,
  data: string | PreparedMessage,
  maxQueuedBytes: number,
): boolean {
  if (socket.readyState !== WebSocket.OPEN) return false;
  const decision = decideDelivery(socket.bufferedAmount, maxQueuedBytes);
  if (decision.action === 'close') {
    socket.close(decision.code, decision.reason);
    return false;
  }
  socket.send(data);
  return true;
}
