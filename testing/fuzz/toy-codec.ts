/**
 * An extension that changes payloads in a way that can be seen through, and takes its time.
 *
 * Spec      RFC 6455 §9; RFC 7692 §6 is the real one
 * Next      connection-target.ts, sending-target.ts - try the protocol with it
 * Left out  compression: deflate-target.ts
 *
 *   "Hello"  ->  number | "Hello" XOR 5a     0, 1, 2, ... in the order of a connection's messages
 *                ff     | "Hello" XOR 5a     a shared message; those behind it begin with 0 again
 *
 * So a message that overtakes another, or a context that was not forgotten, is found out. What was
 * asked for is done when `complete` is called, never before.
 */
import assert from 'node:assert/strict';
import type { PayloadCodec } from '../../src/websocket/payload-codec.ts';
import { WebSocketError } from '../../src/websocket/websocket-error.ts';

const shared = 0xff;
/** First bytes of messages that cannot be decoded, and of those that become ten times as long. */
const damaged = 0xdd;
const longer = 0xdc;

function change(data: Uint8Array): Buffer {
  return Buffer.from(data.map((byte) => byte ^ 0x5a));
}

function wrong(code: string, closeCode: number): WebSocketError {
  return new WebSocketError(code, 'expected what the toy encodes, got else', '§9', closeCode);
}

/** What a payload means, whatever its number; an error for one that means nothing. */
export function toyDecode(data: Uint8Array, maxBytes: number): Buffer | WebSocketError {
  const first = data[0];
  if (first === undefined || first === damaged) return wrong('ERR_WS_INFLATE', 1007);
  const once = change(data.subarray(1));
  const decoded = first === longer ? Buffer.concat(Array<Buffer>(10).fill(once)) : once;
  return decoded.length > maxBytes ? wrong('ERR_WS_MESSAGE_TOO_BIG', 1009) : decoded;
}

/** The codec of one connection. */
export class ToyCodec implements PayloadCodec {
  readonly threshold: number;
  readonly sharedThreshold: number;
  readonly sharedKey = 1;
  readonly memory = { deflate: 0, inflate: 0 };
  isClosed = false;
  /** Encodings fail from now on. */
  fails = false;
  readonly #strict: boolean;
  #encoding: (() => void) | undefined;
  #decoding: (() => void) | undefined;
  #inMessage = false;
  #next = 0;
  #expected = 0;

  /** A strict one takes only what another one has encoded, each message in its turn. */
  constructor(threshold: number, strict: boolean) {
    this.threshold = threshold;
    this.sharedThreshold = threshold;
    this.#strict = strict;
  }

  encode(
    data: Uint8Array,
    fin: boolean,
    done: (error: Error | undefined, encoded: Buffer) => void,
  ): void {
    assert.equal(this.#encoding, undefined, 'one message is encoded at a time');
    const number = this.#inMessage ? [] : [this.#next];
    if (!this.#inMessage) this.#next = (this.#next + 1) % 200;
    this.#inMessage = !fin;
    const encoded = Buffer.concat([Buffer.from(number), change(data)]);
    const error = this.fails ? new Error('no memory') : undefined;
    this.#encoding = () => done(error, encoded);
  }

  decode(
    data: Uint8Array,
    maxBytes: number,
    done: (error: WebSocketError | undefined, decoded: Buffer) => void,
  ): void {
    assert.equal(this.#decoding, undefined, 'one message is decoded at a time');
    const number = data[0];
    if (this.#strict && number !== shared) {
      assert.equal(number, this.#expected, 'messages come in the order of their encoding');
    }
    this.#expected = number === shared ? 0 : (this.#expected + 1) % 200;
    const decoded = toyDecode(data, maxBytes);
    this.#decoding = () => {
      if (decoded instanceof WebSocketError) done(decoded, Buffer.alloc(0));
      else done(undefined, decoded);
    };
  }

  encodeShared(data: Uint8Array): Buffer {
    return Buffer.concat([Buffer.of(shared), change(data)]);
  }

  forgetContext(): void {
    assert.ok(!this.#inMessage, 'no context is forgotten within a message');
    this.#next = 0;
  }

  close(): void {
    this.isClosed = true;
    this.#encoding = undefined;
    this.#decoding = undefined;
  }

  /** Does what was asked for; false if there was nothing. */
  complete(): boolean {
    const work = [this.#encoding, this.#decoding];
    this.#encoding = undefined;
    this.#decoding = undefined;
    for (const done of work) done?.();
    return work.some((done) => done !== undefined);
  }
}
