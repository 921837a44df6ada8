import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mask, maskPlain, rotateMaskingKey } from '../../src/websocket/mask.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { hex } from '../../testing/splits.ts';

test('§5.3 the masked "Hello" of the RFC (§5.7)', () => {
  for (const routine of [mask, maskPlain]) {
    const bytes = hex('7f 9f 4d 51 58');
    routine(bytes, 0, bytes.length, 0x37fa213d);
    assert.equal(bytes.toString(), 'Hello');
  }
});

test('§5.3 the fast routine agrees with the plain one at every alignment, start and length', (t) => {
  const random = seededRandom(t);
  const memory = new ArrayBuffer(400);
  for (let offset = 0; offset < 9; offset++) {
    for (let start = 0; start < 9; start++) {
      for (let length = 0; length < 150; length++) {
        const fast = Buffer.from(memory, offset, start + length + 3);
        fast.set(random.bytes(fast.length));
        const plain = Buffer.from(fast);
        const key = random.uint32();
        mask(fast, start, start + length, key);
        maskPlain(plain, start, start + length, key);
        assert.deepEqual(fast, plain, `offset ${offset}, start ${start}, length ${length}`);
      }
    }
  }
});

test('§5.3 large and small memories in turn, twice masked is unmasked', (t) => {
  const random = seededRandom(t);
  for (const bytes of [125, 65536, 70_000, 126, 1 << 20, 65535]) {
    const clear = random.bytes(bytes);
    const masked = Buffer.from(clear);
    const key = random.uint32();
    mask(masked, 0, bytes, key);
    assert.notDeepEqual(masked, clear);
    maskPlain(masked, 0, bytes, key);
    assert.deepEqual(masked, clear);
  }
});

test('§5.3 a key goes on where the last piece ended', () => {
  assert.equal(rotateMaskingKey(0x37fa213d, 0), 0x37fa213d);
  assert.equal(rotateMaskingKey(0x37fa213d, 1), 0xfa213d37);
  assert.equal(rotateMaskingKey(0x37fa213d, 6), 0x213d37fa);
  assert.equal(rotateMaskingKey(0xff000000, 3), 0x00ff0000);
});
