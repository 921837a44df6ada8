/**
 * A message encoded once and sent to many.
 *
 * Spec      RFC 6455 §5.1: a server does not mask, so one frame is right for every client
 *           RFC 7692 §7.2.3.6: a message compressed by itself can be read whatever came before
 * Next      message-sender.ts - sendPrepared
 * Left out  how it is compressed: payload-codec.ts
 */
import { Opcode } from './constants.ts';
import { encodeFrame } from './frame.ts';
import type { PayloadCodec } from './payload-codec.ts';
import { toBytes } from './sendable.ts';
import type { BinaryLike } from './sendable.ts';

/** A message as an extension encoded it; shared, so it must never change. */
export interface EncodedMessage {
  frame: Buffer;
  payload: Buffer;
}

/** A text (string) or binary (bytes) message whose frame is made at construction. */
export class PreparedMessage {
  readonly opcode: Opcode;
  readonly payload: Buffer;
  /** The unmasked frame; shared by all connections, so it must never change. */
  readonly frame: Buffer;
  /** The same, compressed: one for each key of the codecs that were asked. */
  #encoded: Map<number, EncodedMessage> | undefined;

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

  /** The message as this codec encodes it; made once for all connections of the codec's key. */
  encodedBy(codec: PayloadCodec): EncodedMessage {
    this.#encoded ??= new Map();
    let encoded = this.#encoded.get(codec.sharedKey);
    if (encoded === undefined) {
      const payload = codec.encodeShared(this.payload);
      encoded = { frame: encodeFrame({ opcode: this.opcode, payload, rsv1: true }), payload };
      this.#encoded.set(codec.sharedKey, encoded);
    }
    return encoded;
  }
}
