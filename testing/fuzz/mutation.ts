/**
 * Small damage: bytes and texts that are nearly what they were.
 *
 * Spec      -
 * Next      frame-streams.ts - damage that knows what a frame is; the targets
 * Left out  -
 */
import type { SeededRandom } from '../seeded-random.ts';

/** Bytes at which some rule changes its mind. */
const edgeBytes = [
  0x00, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x20, 0x22, 0x2c, 0x3b, 0x3d, 0x5c, 0x7d, 0x7e, 0x7f, 0x80,
  0x81, 0x82, 0x88, 0x89, 0x8a, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5,
  0xfe, 0xff,
];

type ByteMutation = (random: SeededRandom, bytes: Buffer, other: Buffer) => Buffer;

function splice(bytes: Buffer, start: number, removed: number, added: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
}

/** A piece of a sequence: where it begins and how long it is; mostly short. */
function someRange(random: SeededRandom, length: number): { start: number; count: number } {
  const start = random.below(length + 1);
  const longest = random.below(4) === 0 ? length - start : Math.min(8, length - start);
  return { start, count: random.below(longest + 1) };
}

const byteMutations: readonly ByteMutation[] = [
  function flipBit(random, bytes) {
    if (bytes.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    const at = random.below(bytes.length);
    changed[at] = changed[at]! ^ (1 << random.below(8));
    return changed;
  },
  function setByte(random, bytes) {
    if (bytes.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    changed[random.below(bytes.length)] = random.pick(edgeBytes);
    return changed;
  },
  function insertBytes(random, bytes) {
    const added = random.below(2) === 0 ? random.bytes(1) : Buffer.of(random.pick(edgeBytes));
    return splice(bytes, random.below(bytes.length + 1), 0, added);
  },
  function removeRange(random, bytes) {
    const { start, count } = someRange(random, bytes.length);
    return splice(bytes, start, count, Buffer.alloc(0));
  },
  function repeatRange(random, bytes) {
    const { start, count } = someRange(random, bytes.length);
    const piece = bytes.subarray(start, start + count);
    return splice(bytes, random.below(bytes.length + 1), 0, piece);
  },
  function cutShort(random, bytes) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function crossOver(random, bytes, other) {
    const head = bytes.subarray(0, random.below(bytes.length + 1));
    return Buffer.concat([head, other.subarray(random.below(other.length + 1))]);
  },
];

/** Bytes with one to four small changes; `other` may lend a part of itself. */
export function mutateBytes(random: SeededRandom, bytes: Buffer, other: Buffer): Buffer {
  let changed = bytes;
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    changed = random.pick(byteMutations)(random, changed, other);
  }
  return changed;
}

/** Characters on which header grammars turn, and some that no header may hold. */
const edgeCharacters = [
  ...' \t,;="\\:/?#@[]()<>.%-_*0159azAZ\0\r\n',
  '\u007f',
  '\u0080',
  '\u00a0',
  '\u00e9',
  '\u017f',
  '\u212a',
  '\u3002',
  '\uff0e',
  '\ud800',
];

/** A text with one to four small changes; `words` are pieces that fit its grammar. */
export function mutateText(random: SeededRandom, text: string, words: readonly string[]): string {
  let changed = text;
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    const { start, count } = someRange(random, changed.length);
    const piece = changed.slice(start, start + count);
    const [before, after] = [changed.slice(0, start), changed.slice(start)];
    const kind = random.below(7);
    if (kind === 0) changed = before + random.pick(edgeCharacters) + after;
    else if (kind === 1) changed = before + random.pick(edgeCharacters) + after.slice(1);
    else if (kind === 2) changed = before + after.slice(count);
    else if (kind === 3) changed = before + piece + after;
    else if (kind === 4) changed = before + random.pick(words) + after;
    else if (kind === 5) changed = before + swapCase(piece) + after.slice(count);
    else changed = before + String.fromCharCode(random.below(256)) + after;
  }
  return changed.slice(0, 4096);
}

function swapCase(text: string): string {
  const lower = text.toLowerCase();
  return lower === text ? text.toUpperCase() : lower;
}

/** A copy of a list with one element repeated, dropped, moved or changed. */
export function mutateList<T>(
  random: SeededRandom,
  list: readonly T[],
  change: (element: T) => T,
): T[] {
  const changed = [...list];
  if (changed.length === 0) return changed;
  const at = random.below(changed.length);
  const kind = random.below(6);
  if (kind === 0) changed.splice(at, 1);
  else if (kind === 1) changed.splice(random.below(changed.length + 1), 0, changed[at]!);
  else if (kind === 2) changed.push(...changed.splice(at, 1));
  else changed[at] = change(changed[at]!);
  return changed;
}
