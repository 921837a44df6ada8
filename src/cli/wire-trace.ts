/**
 * Everything that goes over a connection, explained: the handshake line by line, then the frames.
 *
 * Spec      RFC 6455 §4 the handshake, §5.2 frames
 * Next      observe-socket.ts - where the bytes come from
 * Left out  the explanations themselves: ../websocket/trace.ts
 */
import type { Sender } from './observe-socket.ts';

export class WireTrace {
  constructor(_print: (text: string) => void) {}
  push(_from: Sender, _bytes: Buffer): void {}
}
