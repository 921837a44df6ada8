/**
 * The messages that one connection receives, inflated in order, never larger than allowed.
 *
 * Spec      RFC 7692 §7.2.2 decompression, §7.2.3.4 final blocks; RFC 6455 §7.4.1 1007, 1009
 * Next      compressor.ts - the way there; work-queue.ts - order and concurrency
 * Left out  whether a message was cut short: zlib does not tell, and inflates what there is
 *
 *   payload            f2 48 cd c9 c9 07 00
 *   with its tail      f2 48 cd c9 c9 07 00 00 00 ff ff  ->  "Hello"
 *
 *   with final blocks  f3 48 cd c9 c9 07 00 | 00 + tail     zlib stops behind a block with BFINAL;
 *                      '--- BFINAL = 1 ---'                 what follows goes to a new inflater
 *
 * Without context takeover nothing is kept between messages: the memory of zlib is freed as soon as
 * no message waits.
 */
import { constants, createInflateRaw } from 'node:zlib';
import type { InflateRaw, ZlibOptions } from 'node:zlib';
import { CloseCode } from '../constants.ts';
import { memoryBudgetReached, unlimitedBudget } from '../memory-budget.ts';
import type { MemoryBudget } from '../memory-budget.ts';
import { WebSocketError } from '../websocket-error.ts';
import { flushTail } from './compressor.ts';
import type { Limiter } from './limiter.ts';
import type { DeflateDirection } from './negotiation.ts';
import { inflateContextBytes } from './memory.ts';
import { meaningfulZlibOptions } from './options.ts';
import { WorkQueue } from './work-queue.ts';

/** Called once; with an error, which is the peer's fault, there are no bytes. */
export type DecompressedCallback = (error: WebSocketError | undefined, data: Buffer) => void;

/** How a Decompressor is set up: what was agreed for the peer's direction, and how to do it. */
export interface DecompressorOptions extends DeflateDirection {
  zlibOptions: ZlibOptions | undefined;
  limiter: Limiter;
  /** Who is charged for what has come out of an unfinished message. Default: nobody. */
  budget?: MemoryBudget | undefined;
}

/**
 * DEVIATION: the RFC does not bound how many blocks of a message are final. Each costs a new
 * inflater, for two bytes of the peer.
 */
export const maxFinalBlocks = 64;

interface Job {
  /** What zlib has not taken yet, tail included. */
  input: Buffer;
  maxBytes: number;
  finalBlocks: number;
  done: DecompressedCallback;
}

/** The inflating half of one connection. */
export class Decompressor {
  readonly #options: DecompressorOptions;
  readonly #queue: WorkQueue<Job>;
  readonly #budget: MemoryBudget;
  #stream: InflateRaw | undefined;
  /** Whether the context is one of before, to be reset for the next message. */
  #isStale: boolean;
  #chunks: Buffer[];
  #bytes: number;

  constructor(options: DecompressorOptions) {
    this.#options = options;
    this.#budget = options.budget ?? unlimitedBudget;
    this.#queue = new WorkQueue(options.limiter, (job) => this.#write(job));
    this.#stream = undefined;
    this.#isStale = false;
    this.#chunks = [];
    this.#bytes = 0;
  }

  /** How many messages are on their way. */
  get pending(): number {
    return this.#queue.length;
  }

  /** What zlib holds for this connection now, in bytes; 0 while there is no context. */
  get contextBytes(): number {
    if (this.#stream === undefined) return 0;
    return inflateContextBytes(this.#options.windowBits, this.#options.zlibOptions);
  }

  /** What has come out of the message at hand, in bytes. */
  get outputBytes(): number {
    return this.#bytes;
  }

  /**
   * Inflates the payload of a whole message, all its fragments in one; it is copied. `done` is
   * called in order of the calls, never before this one returns, and not at all after `close` or an
   * error: a WebSocketError with 1009 once there are more than `maxBytes`, with 1013 once the
   * budget has no room for more, with 1007 for data that do not inflate.
   */
  decompress(data: Uint8Array, maxBytes: number, done: DecompressedCallback): void {
    // MUST (RFC 7692 §7.2.2): the tail that the sender cut off is put back.
    const input = Buffer.concat([data, flushTail]);
    this.#queue.add({ input, maxBytes, finalBlocks: 0, done });
  }

  /** Frees the memory at once. No callback is called any more. */
  close(): void {
    this.#queue.close();
    this.#free();
  }

  #write(job: Job): void {
    if (this.#isStale) this.#stream?.reset();
    this.#isStale = false;
    const stream = (this.#stream ??= this.#open());
    const takenBefore = stream.bytesWritten;
    stream.write(job.input, () => {
      if (stream !== this.#stream || job !== this.#queue.active) return;
      job.input = job.input.subarray(stream.bytesWritten - takenBefore);
      if (job.input.length === 0) this.#finished(job);
      else this.#afterFinalBlock(job);
    });
  }

  #open(): InflateRaw {
    const { windowBits, zlibOptions } = this.#options;
    const flush = constants.Z_SYNC_FLUSH;
    const stream = createInflateRaw({ ...meaningfulZlibOptions(zlibOptions), flush, windowBits });
    stream.on('data', (chunk: Buffer) => {
      if (stream === this.#stream) this.#take(chunk);
    });
    stream.on('error', (cause) => {
      if (stream === this.#stream) this.#failed(damaged(cause));
    });
    return stream;
  }

  /** Some more of the message; stopped before its sum passes the limit. */
  #take(chunk: Buffer): void {
    const job = this.#queue.active;
    if (job === undefined) return;
    if (chunk.length > job.maxBytes - this.#bytes) return this.#failed(tooBig(job.maxBytes));
    if (!this.#budget.take(chunk.length)) return this.#failed(memoryBudgetReached());
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /**
   * MUST (RFC 7692 §7.2.3.4): a message may have final blocks, and others behind them. DEVIATION:
   * those cannot refer to what was before, for zlib has forgotten it; no known sender does so.
   */
  #afterFinalBlock(job: Job): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.close();
    // Nothing but the tail: the sender has not added the empty block that it belongs to.
    if (job.input.length <= flushTail.length) return this.#finished(job);
    if (++job.finalBlocks > maxFinalBlocks) return this.#failed(damaged(undefined));
    this.#write(job);
  }

  #finished(job: Job): void {
    // A copy: the chunks are views into larger buffers of zlib.
    const data = Buffer.concat(this.#chunks, this.#bytes);
    this.#forgetOutput();
    this.#isStale = !this.#options.contextTakeover;
    this.#queue.finish();
    try {
      // Whoever is told hands over the next message, if one waits.
      job.done(undefined, data);
    } finally {
      if (this.#isStale && this.#queue.length === 0) this.#free();
    }
  }

  #failed(error: WebSocketError): void {
    const job = this.#queue.active;
    this.close();
    job?.done(error, Buffer.alloc(0));
  }

  #free(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#isStale = false;
    this.#forgetOutput();
    stream?.close();
  }

  #forgetOutput(): void {
    this.#budget.give(this.#bytes);
    this.#chunks = [];
    this.#bytes = 0;
  }
}

function tooBig(maxBytes: number): WebSocketError {
  const message = `expected at most ${maxBytes} bytes of message, got more when inflated`;
  return new WebSocketError('ERR_WS_MESSAGE_TOO_BIG', message, '§7.4.1', CloseCode.messageTooBig);
}

function damaged(cause: Error | undefined): WebSocketError {
  const message = 'expected compressed data, got something that does not inflate';
  const section = 'RFC 7692 §7.2.2';
  const closeCode = CloseCode.invalidPayload;
  return new WebSocketError('ERR_WS_INFLATE', message, section, closeCode, { cause });
}
