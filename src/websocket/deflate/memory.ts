/**
 * What zlib holds for one connection and direction, in bytes.
 *
 * Spec      the sizes that zlib allocates (its zconf.h and deflateInit2), as Node builds it
 * Next      compressor.ts, decompressor.ts - say what they hold now; docs/websocket/compression.md
 * Left out  what the operating system gives for it: pages that were never touched cost nothing
 *
 *   deflate   window and chains    4 * 2^windowBits         9 bits at least
 *             hash table           2 * 2^(memLevel + 7)     in Node's build 2 * 2^15 at least
 *             pending output       4 * 2^(memLevel + 6)
 *   inflate   window               2^windowBits
 *   both      state                about 8 KiB
 *             piece of output      chunkSize
 */
import type { ZlibOptions } from 'node:zlib';
import { meaningfulZlibOptions } from './options.ts';

const stateBytes = 8 * 1024;

/** What a context that compresses holds. */
export function deflateContextBytes(windowBits: number, options?: ZlibOptions | undefined): number {
  const { memLevel = 8, chunkSize = 0 } = meaningfulZlibOptions(options);
  const window = 4 * 2 ** Math.max(windowBits, 9);
  const hash = 2 * 2 ** Math.max(memLevel + 7, 15);
  const pending = 4 * 2 ** (memLevel + 6);
  return window + hash + pending + stateBytes + chunkSize;
}

/** What a context that inflates holds. */
export function inflateContextBytes(windowBits: number, options?: ZlibOptions | undefined): number {
  const { chunkSize = 0 } = meaningfulZlibOptions(options);
  return 2 ** windowBits + stateBytes + chunkSize;
}
