/**
 * permessage-deflate for one connection: what was agreed on, put to work.
 *
 * Spec      RFC 7692 §6.1 sending, §6.2 receiving
 * Next      compressor.ts and decompressor.ts - its two halves; ../payload-codec.ts - who asks
 * Left out  RSV1 and frames, which are the sender's and the receiver's
 *
 *   both halves make their context with the first message that needs it, so that a connection
 *   without compressed messages costs nothing
 */
import { memoryBudget } from '../memory-budget.ts';
import type { PayloadCodec } from '../payload-codec.ts';
import type { Role } from '../constants.ts';
import type { WebSocketError } from '../websocket-error.ts';
import { Compressor, compressOnce } from './compressor.ts';
import { Decompressor } from './decompressor.ts';
import { zlibLimiter } from './limiter.ts';
import type { DeflateAgreement } from './negotiation.ts';
import { deflateDefaults } from './options.ts';
import type { DeflateOptions } from './options.ts';

/** Compresses and inflates the messages of one connection. */
export class MessageDeflate implements PayloadCodec {
  readonly threshold: number;
  readonly sharedThreshold: number;
  readonly sharedKey: number;

  readonly #options: DeflateOptions;
  readonly #compressor: Compressor;
  readonly #decompressor: Decompressor;

  constructor(role: Role, agreed: DeflateAgreement, options: DeflateOptions) {
    const own = role === 'server' ? agreed.server : agreed.client;
    const peers = role === 'server' ? agreed.client : agreed.server;
    const { threshold = deflateDefaults.threshold, concurrencyLimit } = options;
    this.#options = options;
    this.sharedThreshold = threshold;
    // Where earlier messages can be referred to, a short one is worth it too; not an empty one.
    this.threshold = own.contextTakeover ? 1 : threshold;
    this.sharedKey = own.windowBits;
    if (concurrencyLimit !== undefined) zlibLimiter.limit = concurrencyLimit;
    this.#compressor = new Compressor({
      ...own,
      zlibOptions: options.zlibDeflateOptions,
      limiter: zlibLimiter,
    });
    this.#decompressor = new Decompressor({
      ...peers,
      zlibOptions: options.zlibInflateOptions,
      limiter: zlibLimiter,
      budget: memoryBudget,
    });
  }

  /** See PayloadCodec. */
  encode(
    data: Uint8Array,
    fin: boolean,
    done: (error: Error | undefined, encoded: Buffer) => void,
  ): void {
    this.#compressor.compress(data, fin, done);
  }

  /** See PayloadCodec. */
  decode(
    data: Uint8Array,
    maxBytes: number,
    done: (error: WebSocketError | undefined, decoded: Buffer) => void,
  ): void {
    this.#decompressor.decompress(data, maxBytes, done);
  }

  /** See PayloadCodec; the same for all connections of one window. */
  encodeShared(data: Uint8Array): Buffer {
    return compressOnce(data, this.sharedKey, this.#options.zlibDeflateOptions);
  }

  /** See PayloadCodec. */
  forgetContext(): void {
    this.#compressor.forget();
  }

  /** See PayloadCodec. */
  get memory(): { deflate: number; inflate: number } {
    return {
      deflate: this.#compressor.contextBytes + this.#compressor.outputBytes,
      inflate: this.#decompressor.contextBytes + this.#decompressor.outputBytes,
    };
  }

  /** See PayloadCodec. */
  close(): void {
    this.#compressor.close();
    this.#decompressor.close();
  }
}
