import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DerError, readDer } from '../../../src/tls/index.ts';
import type { DerValue } from '../../../src/tls/index.ts';
import * as der from '../../../src/tls/der/writer.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import { hex } from '../../../testing/splits.ts';

test('§8.1 a tree of values, each with its own bytes', () => {
  const inner = der.sequence(der.integer(5n), der.utf8String('bob'));
  const read = readDer(der.sequence(inner, der.nullValue()));
  assert.equal(read.tag, 0x30);
  assert.deepEqual(
    read.children.map((child) => child.tag),
    [0x30, 0x05],
  );
  assert.deepEqual(read.children[0]?.bytes, inner);
  assert.equal(read.children[0]?.children[1]?.content.toString(), 'bob');
});

const invalid = [
  { name: 'nothing', bytes: '', code: 'ERR_DER_CUT_SHORT' },
  { name: 'a tag alone', bytes: '30', code: 'ERR_DER_CUT_SHORT' },
  { name: 'less than announced', bytes: '04 02 00', code: 'ERR_DER_CUT_SHORT' },
  { name: '4 GiB announced', bytes: '04 84 ff ff ff ff', code: 'ERR_DER_CUT_SHORT' },
  { name: 'a child longer than its parent', bytes: '30 03 04 02 00', code: 'ERR_DER_CUT_SHORT' },
  { name: 'the indefinite length', bytes: '30 80 00 00', code: 'ERR_DER_LENGTH' },
  { name: 'a length in 5 bytes', bytes: '04 85 00 00 00 00 01 00', code: 'ERR_DER_LENGTH' },
  { name: '127 in 2 bytes', bytes: `04 81 7f ${'00'.repeat(127)}`, code: 'ERR_DER_LENGTH' },
  { name: '128 in 3 bytes', bytes: `04 82 00 80 ${'00'.repeat(128)}`, code: 'ERR_DER_LENGTH' },
  { name: 'a long tag', bytes: '1f 81 01 00', code: 'ERR_DER_TAG' },
  { name: 'bytes behind the value', bytes: '05 00 00', code: 'ERR_DER_TRAILING' },
];
for (const { name, bytes, code } of invalid) {
  test(`X.690 refuses ${name}`, () => {
    assert.throws(() => readDer(hex(bytes)), { code });
  });
}

test('X.690 levels are bounded', () => {
  let value = der.nullValue();
  for (let i = 0; i < 32; i++) value = der.sequence(value);
  readDer(value);
  for (let i = 0; i < 1000; i++) value = der.sequence(value);
  assert.throws(() => readDer(value), { code: 'ERR_DER_DEPTH' });
});

function randomTree(random: SeededRandom, depth: number): Buffer {
  if (depth === 0 || random.below(3) === 0) return der.octetString(random.bytes(random.below(300)));
  return der.sequence(
    ...Array.from({ length: random.below(4) }, () => randomTree(random, depth - 1)),
  );
}

function rewrite(value: DerValue): Buffer {
  const constructed = (value.tag & 0b0010_0000) !== 0;
  return der.encodeValue(
    value.tag,
    ...(constructed ? value.children.map(rewrite) : [value.content]),
  );
}

test('what was written is read and written again the same; mutated it is a value or a DerError', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 2000; round++) {
    const bytes = randomTree(random, 4);
    assert.deepEqual(rewrite(readDer(bytes)), bytes);
    const mutated = Buffer.from(bytes);
    for (let i = 0; i < 3; i++) mutated[random.below(mutated.length)] = random.below(256);
    try {
      assert.deepEqual(rewrite(readDer(mutated)), mutated);
    } catch (error) {
      assert.ok(error instanceof DerError, String(error));
    }
  }
});
