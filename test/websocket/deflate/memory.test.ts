import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deflateContextBytes,
  inflateContextBytes,
} from '../../../src/websocket/deflate/memory.ts';

const KiB = 1024;

test('a context that compresses: window, hash table, output to come, state', () => {
  const table: [number, number, number][] = [
    [15, 8, 128 + 64 + 64],
    [15, 9, 128 + 128 + 128],
    [15, 1, 128 + 64 + 0.5],
    [9, 8, 2 + 64 + 64],
    [8, 8, 2 + 64 + 64],
  ];
  for (const [windowBits, memLevel, want] of table) {
    const bytes = deflateContextBytes(windowBits, { memLevel, chunkSize: KiB });
    assert.equal(bytes, (want + 8 + 1) * KiB, `${windowBits} bits, level ${memLevel}`);
  }
  assert.equal(deflateContextBytes(15), deflateContextBytes(15, { memLevel: 8 }));
});

test('a context that inflates: window, state, output', () => {
  for (let bits = 8; bits <= 15; bits++) {
    assert.equal(inflateContextBytes(bits, { chunkSize: KiB }), 2 ** bits + 9 * KiB);
  }
  assert.ok(inflateContextBytes(15) >= (32 + 8 + 16) * KiB);
});
