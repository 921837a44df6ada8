/**
 * Control frames that wait while the transport is full: they have a little room of their own, ahead
 * of messages.
 *
 * Spec      RFC 6455 §5.5 control frames, §5.5.3 of several pings only the latest is answered
 * Next      message-sender.ts - puts them in and writes them
 * Left out  close frames, which go behind messages
 */
import { Opcode } from './constants.ts';
import type { SendCallback } from './send-queue.ts';

/** A ping or pong that waits. */
export interface WaitingControl {
  opcode: Opcode;
  payload: Buffer;
  callback: SendCallback | undefined;
}

/** Those of the application that may wait, in bytes of payload and headers. */
export const maxControlQueueBytes = 16 * 1024;
const headerBytes = 2;

/** Pings and pongs in order, our answer to the latest ping first. */
export class ControlQueue {
  #controls: WaitingControl[] = [];
  #controlBytes = 0;
  #latestPong: Buffer | undefined;

  /** The sum of what waits, in bytes. */
  get bytes(): number {
    const pong = this.#latestPong === undefined ? 0 : this.#latestPong.length + headerBytes;
    return this.#controlBytes + pong;
  }

  /** Adds a ping or pong of the application; false if there is no room for it. */
  add(opcode: Opcode, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    const bytes = payload.length + headerBytes;
    if (bytes > maxControlQueueBytes - this.#controlBytes) return false;
    this.#controls.push({ opcode, payload: Buffer.from(payload), callback });
    this.#controlBytes += bytes;
    return true;
  }

  /** Adds the answer to a ping, in place of the one before. */
  addAnswer(payload: Buffer): void {
    this.#latestPong = Buffer.from(payload);
  }

  /** Takes out what goes first. */
  shift(): WaitingControl | undefined {
    const payload = this.#latestPong;
    if (payload !== undefined) {
      this.#latestPong = undefined;
      return { opcode: Opcode.pong, payload, callback: undefined };
    }
    const control = this.#controls.shift();
    if (control !== undefined) this.#controlBytes -= control.payload.length + headerBytes;
    return control;
  }

  /** Takes out all that the application has sent, and forgets our answer. */
  clear(): WaitingControl[] {
    const controls = this.#controls;
    this.#controls = [];
    this.#controlBytes = 0;
    this.#latestPong = undefined;
    return controls;
  }
}
