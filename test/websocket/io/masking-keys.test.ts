import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskingKeysOf, nextMaskingKey } from '../../../src/websocket/io/masking-keys.ts';

test('§5.3 keys are 32 bits, and new each time', () => {
  const count = 5000;
  const keys = Array.from({ length: count }, nextMaskingKey);
  assert.ok(keys.every((key) => Number.isInteger(key) && key >= 0 && key < 2 ** 32));
  // Among so few of 2^32, two that are the same have a chance of one in 340: more is no chance.
  assert.ok(new Set(keys).size > count - 3);
});

test('§5.3 every bit of a key is used', () => {
  let ones = 0;
  let zeros = 0;
  for (let i = 0; i < 1000; i++) {
    const key = nextMaskingKey();
    ones |= key;
    zeros |= ~key;
  }
  assert.deepEqual([ones, zeros], [-1, -1]);
});

test('§5.3 a generator that fills four bytes gives the key in the order of the wire', () => {
  let calls = 0;
  const next = maskingKeysOf((mask) => {
    assert.equal(mask.length, 4);
    mask.set([0x37, 0xfa, 0x21, 0x3d + calls++]);
  });
  assert.deepEqual([next(), next()], [0x37fa213d, 0x37fa213e]);
});
