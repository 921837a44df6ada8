/**
 * permessage-deflate for a peer made by hand: one message to one payload and back, by zlib's
 * one-shot functions. What was said before goes along as a dictionary.
 *
 * Spec      RFC 7692 §7.2.1, §7.2.2
 * Next      test/websocket/advisories/compression.test.ts
 * Left out  negotiation; streams, which the code under test has
 */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const tail = Buffer.from([0, 0, 0xff, 0xff]);
const finishFlush = constants.Z_SYNC_FLUSH;

/** One direction of a connection, with its memory of what was said. */
export class DeflateByHand {
  readonly #windowBits: number;
  #before: Buffer = Buffer.alloc(0);

  constructor(windowBits = 15) {
    this.#windowBits = windowBits;
  }

  /** The payload that carries a message. */
  deflate(message: Uint8Array): Buffer {
    const packed = deflateRawSync(message, { level: 9, finishFlush, ...this.#context() });
    this.#remember(message);
    return packed.subarray(0, packed.length - tail.length);
  }

  /** The message that a payload carries. Throws where it looks further back than was agreed. */
  inflate(payload: Uint8Array): Buffer {
    const whole = Buffer.concat([payload, tail]);
    const message = inflateRawSync(whole, { finishFlush, ...this.#context() });
    this.#remember(message);
    return message;
  }

  #context() {
    const windowBits = this.#windowBits;
    return this.#before.length === 0 ? { windowBits } : { windowBits, dictionary: this.#before };
  }

  #remember(message: Uint8Array): void {
    this.#before = Buffer.concat([this.#before, message]).subarray(-(2 ** this.#windowBits));
  }
}

/** 64 MiB of zeros as the payload of one compressed message: 65,232 bytes. */
export function bomb(): Buffer {
  return new DeflateByHand().deflate(Buffer.alloc(64 * 1024 * 1024));
}
