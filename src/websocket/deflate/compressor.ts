/**
 * The messages that one connection sends, compressed in order.
 *
 * Spec      RFC 7692 §7.2.1 compression, §7.2.3 examples
 * Next      decompressor.ts - the way back; work-queue.ts - order and concurrency
 * Left out  RSV1 (§6.1) and the frames, which are the sender's
 *
 *   message            "Hello"
 *   zlib, sync flush   f2 48 cd c9 c9 07 00 | 00 00 ff ff     the last four are always the same,
 *   payload            f2 48 cd c9 c9 07 00                   so they are not sent (§7.2.1)
 *
 * Without context takeover nothing is kept between messages: the memory of zlib is freed as soon as
 * no message waits.
 */
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import type { DeflateRaw, ZlibOptions } from 'node:zlib';
import type { Limiter } from './limiter.ts';
import type { DeflateDirection } from './negotiation.ts';
import { deflateContextBytes } from './memory.ts';
import { meaningfulZlibOptions } from './options.ts';
import { WorkQueue } from './work-queue.ts';

/** What each sync flush ends with: an empty stored block without its first bits. */
export const flushTail = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** The end of an empty message is not sent either, which leaves a byte (RFC 7692 §7.2.3.6). */
const emptyMessage = Buffer.from([0x00]);

/** Called once; with an error, there are no bytes. */
export type CompressedCallback = (error: Error | undefined, compressed: Buffer) => void;

/** How a Compressor is set up: what was agreed for our direction, and how to do it. */
export interface CompressorOptions extends DeflateDirection {
  zlibOptions: ZlibOptions | undefined;
  limiter: Limiter;
}

interface Job {
  data: Uint8Array;
  fin: boolean;
  done: CompressedCallback;
  /** Whether what follows this job must not refer to anything before. */
  forgetsAfter: boolean;
}

/** The compressing half of one connection. */
export class Compressor {
  readonly #options: CompressorOptions;
  readonly #queue: WorkQueue<Job>;
  #stream: DeflateRaw | undefined;
  /** Whether the peer's window is past a dictionary, and past messages that we do not know. */
  #forgot: boolean;
  /** Whether the context is one of before, to be reset for the next message. */
  #isStale: boolean;
  #chunks: Buffer[];
  #bytes: number;

  constructor(options: CompressorOptions) {
    this.#options = options;
    this.#queue = new WorkQueue(options.limiter, (job) => this.#begin(job));
    this.#stream = undefined;
    this.#forgot = false;
    this.#isStale = false;
    this.#chunks = [];
    this.#bytes = 0;
  }

  /** How many messages and fragments are on their way. */
  get pending(): number {
    return this.#queue.length;
  }

  /** What zlib holds for this connection now, in bytes; 0 while there is no context. */
  get contextBytes(): number {
    if (this.#stream === undefined) return 0;
    return deflateContextBytes(this.#options.windowBits, this.#options.zlibOptions);
  }

  /** What has come out of the message at hand, in bytes. */
  get outputBytes(): number {
    return this.#bytes;
  }

  /**
   * Compresses a message or, with `fin` false, a fragment of one. `done` is called in order of the
   * calls, never before this one returns, and not at all after `close` or an error. `data` must not
   * change until then.
   */
  compress(data: Uint8Array, fin: boolean, done: CompressedCallback): void {
    this.#queue.add({ data, fin, done, forgetsAfter: fin && !this.#options.contextTakeover });
  }

  /**
   * What is compressed next refers to nothing before: for whoever sends a message between that was
   * compressed elsewhere, which moves the window of the peer. Not in the middle of a message.
   */
  forget(): void {
    this.#forgot = this.#options.contextTakeover;
    const { last } = this.#queue;
    if (last === undefined) this.#free();
    else last.forgetsAfter = true;
  }

  /** Frees the memory at once. No callback is called any more. */
  close(): void {
    this.#queue.close();
    this.#free();
  }

  #begin(job: Job): void {
    // With its reset a stream would go back to its dictionary.
    if (this.#isStale && this.#forgot) this.#free();
    else if (this.#isStale) this.#stream?.reset();
    this.#isStale = false;
    const stream = (this.#stream ??= this.#open());
    // One write instead of a write and a flush: half the way through the threads.
    stream.write(job.data, () => {
      if (stream === this.#stream && job === this.#queue.active) this.#finished(job);
    });
  }

  #open(): DeflateRaw {
    const { windowBits, zlibOptions } = this.#options;
    const usable = this.#forgot ? withoutDictionary(zlibOptions) : zlibOptions;
    const stream = createDeflateRaw(optionsFor(windowBits, usable));
    stream.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    });
    stream.on('error', (error) => {
      if (stream === this.#stream) this.#failed(error);
    });
    return stream;
  }

  #finished(job: Job): void {
    const compressed = payloadOf(this.#chunks, this.#bytes, job.fin);
    this.#chunks = [];
    this.#bytes = 0;
    this.#isStale = job.forgetsAfter;
    this.#queue.finish();
    try {
      // Whoever is told hands over the next message, if one waits.
      job.done(undefined, compressed);
    } finally {
      if (this.#isStale && this.#queue.length === 0) this.#free();
    }
  }

  /** Compressing fails for want of memory only. */
  #failed(error: Error): void {
    const job = this.#queue.active;
    this.close();
    job?.done(error, Buffer.alloc(0));
  }

  #free(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#isStale = false;
    this.#chunks = [];
    this.#bytes = 0;
    stream?.close();
  }
}

/**
 * Compresses a whole message that refers to none before and to which none refers: for a connection
 * without context takeover, or many of them at once. A dictionary is left out: to connections that
 * keep a context it means nothing any more.
 */
export function compressOnce(
  data: Uint8Array,
  windowBits: number,
  options?: ZlibOptions | undefined,
): Buffer {
  const compressed = deflateRawSync(data, optionsFor(windowBits, withoutDictionary(options)));
  return payloadOf([compressed], compressed.length, true);
}

function withoutDictionary(options: ZlibOptions | undefined): ZlibOptions {
  return { ...options, dictionary: undefined };
}

function optionsFor(windowBits: number, options: ZlibOptions | undefined): ZlibOptions {
  return {
    ...meaningfulZlibOptions(options),
    flush: constants.Z_SYNC_FLUSH,
    finishFlush: constants.Z_SYNC_FLUSH,
    // MUST (RFC 7692 §7.1.2): no match reaches further than agreed. zlib has no honest window of 8
    // bits; in one of 9 its matches reach back 250 bytes at most, which fits into 8.
    windowBits: Math.max(windowBits, 9),
  };
}

/** Cuts the tail off the end of a message; a fragment before the last one keeps it. */
function payloadOf(chunks: readonly Buffer[], bytes: number, fin: boolean): Buffer {
  if (!fin) return Buffer.concat(chunks, bytes);
  // zlib does not flush twice in a row: there is nothing where nothing was added.
  if (bytes === 0) return Buffer.from(emptyMessage);
  return Buffer.concat(chunks, bytes - flushTail.length);
}
