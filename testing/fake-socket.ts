/**
 * A WebSocket that only remembers what was done to it.
 *
 * Spec      -
 * Next      test/chat/io: what the chat sends to whom, in which order
 * Left out  frames, time, the network
 */
import { EventEmitter } from 'node:events';
import type { PreparedMessage } from '../src/websocket/index.ts';

/** An open connection; the test says how much is queued, and what happens inside of `send`. */
export class FakeSocket extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  /** Text of every message sent, oldest first. */
  readonly sent: string[] = [];
  /** The same as they were handed over, to see whether one frame was shared. */
  readonly handedOver: (string | PreparedMessage)[] = [];
  closedWith: { code: number; reason: string } | undefined;
  /** Runs inside of `send`, after the message was taken: code that comes back at a bad moment. */
  onSend: (() => void) | undefined;

  send(data: string | PreparedMessage): void {
    if (this.readyState !== 1) return;
    this.handedOver.push(data);
    this.sent.push(typeof data === 'string' ? data : data.payload.toString());
    this.onSend?.();
  }

  /** As a real one: CLOSING; `finishClose` ends it. */
  close(code: number, reason: string): void {
    this.closedWith ??= { code, reason };
    this.readyState = 2;
  }

  /** The transport is gone. */
  finishClose(): void {
    this.readyState = 3;
    this.emit('close', 1006, Buffer.alloc(0));
  }

  /** The peer sends a message. */
  receive(data: string | Buffer, isBinary = false): void {
    this.emit('message', Buffer.from(data), isBinary);
  }

  /** The messages sent so far, parsed; they are forgotten then. */
  take(): Record<string, unknown>[] {
    this.handedOver.length = 0;
    return this.sent.splice(0).map((text) => JSON.parse(text) as Record<string, unknown>);
  }
}
