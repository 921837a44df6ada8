import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from '../../src/shared/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

/** How many of `count` acts at one moment are allowed. */
function takeMany(bucket: TokenBucket, count: number, nowMs: number): number {
  return Array.from({ length: count }, () => bucket.take(nowMs)).filter(Boolean).length;
}

const cases = [
  { name: 'a burst of the capacity, at once', acts: [[0, 15, 10]] },
  { name: 'one token every 100 ms', acts: [[0, 10, 10], [99, 1, 0], [100, 1, 1], [199, 1, 0]] },
  { name: 'never more than the capacity', acts: [[0, 10, 10], [86_400_000, 20, 10]] },
  { name: 'fractions add up', acts: [[0, 10, 10], [33, 1, 0], [66, 1, 0], [100, 1, 1]] },
  { name: 'a clock set back changes nothing', acts: [[5000, 5, 5], [0, 9, 5], [100, 5, 1]] },
];

for (const { name, acts } of cases) {
  test(`RFC 2697 §3 ${name}`, () => {
    const bucket = new TokenBucket(10, 10);
    for (const [nowMs = 0, count = 0, want] of acts) {
      assert.equal(takeMany(bucket, count, nowMs), want, `at ${nowMs} ms`);
    }
  });
}

test('a window of any length never lets through more than the burst and the rate', (t) => {
  const random = seededRandom(t);
  const bucket = new TokenBucket(10, 10);
  let nowMs = 1_700_000_000_000;
  const startMs = nowMs;
  let allowed = 0;
  for (let i = 0; i < 10_000; i++) {
    nowMs += random.below(120);
    if (bucket.take(nowMs)) allowed++;
    assert.ok(allowed <= 10 + ((nowMs - startMs) * 10) / 1000);
  }
  // 10,000 tries, 59.5 ms apart on average: of what the rate allows, next to nothing is refused.
  assert.ok(allowed >= ((nowMs - startMs) * 10) / 1000 - 10);
});

const weights = [
  { name: 'an act weighs what it says', counts: [4, 6, 1], want: [true, true, false] },
  { name: 'a refused act costs nothing', counts: [7, 4, 3], want: [true, false, true] },
  { name: 'more than the capacity takes a full bucket', counts: [11, 1], want: [true, false] },
  { name: 'and needs one', counts: [1, 11, 9], want: [true, false, true] },
  { name: 'nothing is always there', counts: [10, 0, 0], want: [true, true, true] },
];

for (const { name, counts, want } of weights) {
  test(`weights: ${name}`, () => {
    const bucket = new TokenBucket(10, 10);
    assert.deepEqual(
      counts.map((count) => bucket.take(0, count)),
      want,
    );
  });
}

test('weights: what was taken comes back as time goes by', () => {
  const bucket = new TokenBucket(1000, 500);
  assert.equal(bucket.take(0, 1000), true);
  assert.equal(bucket.take(999, 500), false);
  assert.equal(bucket.take(1000, 500), true);
  assert.equal(bucket.take(2999, 1_000_000), false);
  assert.equal(bucket.take(3000, 1_000_000), true);
});

test('an infinite rate refuses nothing', () => {
  const bucket = new TokenBucket(1, Infinity);
  for (let i = 0; i < 10; i++) assert.equal(bucket.take(0), true);
});

test('refuses a capacity or a rate that is not positive', () => {
  assert.throws(() => new TokenBucket(0, 10), RangeError);
  assert.throws(() => new TokenBucket(10, 0), RangeError);
  assert.throws(() => new TokenBucket(NaN, 10), RangeError);
});
