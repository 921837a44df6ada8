/**
 * The errors for a peer that takes too long.
 *
 * Spec      RFC 6455 §5.4 a message may come in fragments, §5.5.2 a ping asks whether there is life
 * Next      io/link.ts - ends the connection with them
 * Left out  when: io/message-deadline.ts, heartbeat.ts
 */
import { CloseCode } from './constants.ts';
import { WebSocketError } from './websocket-error.ts';

/** A message has begun and not ended in time; the peer is told 1008. */
export function messageTimeout(timeoutMs: number): WebSocketError {
  const what = `expected the end of a message within ${timeoutMs} ms, got only a part`;
  return new WebSocketError('ERR_WS_MESSAGE_TIMEOUT', what, '§5.4', CloseCode.policyViolation);
}

/** Nothing came back after a ping; nobody is there to be told. */
export function heartbeatTimeout(timeoutMs: number): WebSocketError {
  const what = `expected any byte within ${timeoutMs} ms of a ping, got none`;
  return new WebSocketError('ERR_WS_HEARTBEAT_TIMEOUT', what, '§5.5.2', CloseCode.abnormal);
}
