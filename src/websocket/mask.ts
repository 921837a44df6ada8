/**
 * Masking: XOR with a repeated four-byte key, the same operation both ways.
 *
 * Spec      RFC 6455 §5.3
 * Next      frame.ts, frame-parser.ts - what is masked and with which key
 * Left out  choosing the key, which needs randomness: io/client.ts
 *
 *   payload   48 65 6c 6c 6f     "Hello"
 *   key       37 fa 21 3d 37     the four bytes, over and over
 *   masked    7f 9f 4d 51 58
 *
 * A key is held as one number, its first byte on the wire in the highest eight bits.
 */

/** Below this length the set-up of the word loop costs more than it saves. */
const wordLoopBytes = 48;

/** The reference: one byte at a time, just as §5.3 puts it. The judge of `mask` in the tests. */
export function maskPlain(bytes: Uint8Array, start: number, end: number, maskingKey: number): void {
  for (let i = start; i < end; i++) {
    const j = (i - start) % 4;
    bytes[i] = bytes[i]! ^ ((maskingKey >>> (24 - 8 * j)) & 0xff);
  }
}

/** The key for what follows after `count` bytes were masked with `maskingKey`. */
export function rotateMaskingKey(maskingKey: number, count: number): number {
  const bits = (count & 3) * 8;
  return bits === 0 ? maskingKey : ((maskingKey << bits) | (maskingKey >>> (32 - bits))) >>> 0;
}

// Eight bytes of key, seen as bytes and as one 64-bit word: no BigInt ever leaves `mask`, so that
// the compiler keeps the word in a register.
const keyBytes = new Uint8Array(8);
const keyWord = new BigUint64Array(keyBytes.buffer);

// The words of the chunk masked last: many frames lie in one chunk, and each view costs an
// allocation. Only of memory as small as a chunk, so that no large message is kept alive by it.
let chunkWords = new BigUint64Array(0);
const chunkBytes = 64 * 1024;

function wordsOf(memory: ArrayBuffer): BigUint64Array<ArrayBuffer> {
  if (chunkWords.buffer === memory) return chunkWords;
  const words = new BigUint64Array(memory, 0, memory.byteLength >>> 3);
  if (memory.byteLength <= chunkBytes) chunkWords = words;
  return words;
}

/** Masks or unmasks `bytes[start, end)` in place, eight bytes at a time. */
export function mask(bytes: Uint8Array, start: number, end: number, maskingKey: number): void {
  if (end - start < wordLoopBytes) return maskBytes(bytes, start, end, maskingKey);
  const words = wordsOf(bytes.buffer as ArrayBuffer);
  // Words lie at multiples of eight in the memory; what is before and after goes byte by byte.
  const base = bytes.byteOffset;
  const firstWord = (base + start + 7) >>> 3;
  const lastWord = (base + end) >>> 3;
  const wordStart = firstWord * 8 - base;
  const wordEnd = lastWord * 8 - base;
  maskBytes(bytes, start, wordStart, maskingKey);
  maskWords(words, firstWord, lastWord, rotateMaskingKey(maskingKey, wordStart - start));
  maskBytes(bytes, wordEnd, end, rotateMaskingKey(maskingKey, wordEnd - start));
}

function maskBytes(bytes: Uint8Array, start: number, end: number, maskingKey: number): void {
  let key = maskingKey;
  for (let i = start; i < end; i++) {
    bytes[i] = bytes[i]! ^ (key >>> 24);
    key = (key << 8) | (key >>> 24);
  }
}

function maskWords(
  words: BigUint64Array,
  firstWord: number,
  lastWord: number,
  maskingKey: number,
): void {
  for (let j = 0; j < 8; j++) keyBytes[j] = maskingKey >>> (24 - 8 * (j & 3));
  const key = keyWord[0]!;
  let i = firstWord;
  for (; i + 4 <= lastWord; i += 4) {
    words[i] = words[i]! ^ key;
    words[i + 1] = words[i + 1]! ^ key;
    words[i + 2] = words[i + 2]! ^ key;
    words[i + 3] = words[i + 3]! ^ key;
  }
  for (; i < lastWord; i++) words[i] = words[i]! ^ key;
}
