/**
 * A message encoded once and sent to many.
 *
 * Spec      RFC 6455 §5.1: a server does not mask, so one frame is right for every client
 * Next      protocol.ts - sendPrepared
 * Left out  compression, where one frame for each negotiated class would be kept
 */
import { Opcode } from './constants.ts';
import { encodeFrame } from './frame.ts';
import { toBytes } from './sendable.ts';
import type { BinaryLike } from './sendable.ts';

/** A text (string) or binary (bytes) message whose frame is made at construction. */
export class PreparedMessage {
  readonly opcode: Opcode;
  readonly payload: Buffer;
  /** The unmasked frame; shared by all connections, so it must never change. */
  readonly frame: Buffer;

  /**
   * @param data    a string, sent as text, or bytes; bytes are copied
   * @param options `binary: false` sends bytes as text - they must be UTF-8
   *
   * Throws a TypeError for other data.
   */
  constructor(data: string | BinaryLike, options: { binary?: boolean } = {}) {
    const binary = options.binary ?? typeof data !== 'string';
    const payload = toBytes(data);
    this.opcode = binary ? Opcode.binary : Opcode.text;
    this.frame = encodeFrame({ opcode: this.opcode, payload });
    this.payload = this.frame.subarray(this.frame.length - payload.length);
  }
}
