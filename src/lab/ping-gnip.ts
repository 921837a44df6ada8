/**
 * The endpoint /ping-gnip: every text message comes back reversed.
 *
 * Spec      -
 * Next      examples/ping-gnip-server.ts - the same as a server of its own
 * Left out  binary messages, which close the connection with 1003
 */
import type { WebSocket } from '../websocket/index.ts';
import { CloseCode } from '../websocket/index.ts';

/** Answers each text of a connection with its code points in reverse order. */
export function servePingGnip(socket: WebSocket): void {
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(CloseCode.unsupportedData, 'ping-gnip speaks text only');
    else socket.send([...data.toString()].reverse().join(''));
  });
}
