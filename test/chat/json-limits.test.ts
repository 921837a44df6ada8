import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWithinJsonLimits } from '../../src/chat/json-limits.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import type { SeededRandom } from '../../testing/seeded-random.ts';

const limits = { maxDepth: 2, maxElements: 4 };

const cases = [
  { text: '', want: true },
  { text: '{}', want: true },
  { text: '[[]]', want: true },
  { text: '[[[', want: false },
  { text: '[{"a":[]}]', want: false },
  { text: '{"a":1,"b":2,"c":3,"d":4}', want: true },
  { text: '{"a":1,"b":2,"c":3,"d":4,"e":5}', want: false },
  { text: '[1,2,3,4]', want: true },
  { text: '[1,2,3,4,5]', want: false },
  { text: '"[[[[,,,,,,"', want: true },
  { text: '{"[[[":"{{{,,,,,,"}', want: true },
  { text: String.raw`"\"[[[["`, want: true },
  { text: String.raw`"\\"[[[`, want: false },
  { text: String.raw`["\\","\\\"[[[["]`, want: true },
  { text: '"never ended [[[[', want: true },
  { text: '"ends in a backslash\\', want: true },
  { text: ']]]][[', want: true },
];

for (const { text, want } of cases) {
  test(`RFC 8259 §9 ${JSON.stringify(text)} is ${want ? 'within' : 'over'} the limits`, () => {
    assert.equal(isWithinJsonLimits(text, limits), want);
  });
}

test('§9 a hundred thousand open brackets are refused at the first too many', () => {
  assert.equal(isWithinJsonLimits('['.repeat(100_000), limits), false);
});

/** Depth and elements of a parsed value, counted the slow way. */
function measure(value: unknown): { depth: number; elements: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, elements: 0 };
  const inner = Object.values(value).map(measure);
  const separators = Math.max(0, inner.length - 1);
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    elements: 1 + separators + inner.reduce((sum, { elements }) => sum + elements, 0),
  };
}

function randomValue(random: SeededRandom, depth: number): unknown {
  const kind = random.below(depth > 4 ? 2 : 4);
  if (kind === 0) return random.below(100);
  if (kind === 1) return random.pick(['', ',', '[', '"', '\\', '\\"', '{"a":[', 'é,']);
  const values = Array.from({ length: random.below(4) }, () => randomValue(random, depth + 1));
  return kind === 2
    ? values
    : Object.fromEntries(values.map((value, i) => [random.pick(['a', ',"', '[']) + i, value]));
}

test('§2 counts what JSON.parse finds', (t) => {
  const random = seededRandom(t);
  for (let i = 0; i < 2000; i++) {
    const value = randomValue(random, 0);
    const text = JSON.stringify(value);
    const { depth, elements } = measure(value);
    const within = (maxDepth: number, maxElements: number) =>
      isWithinJsonLimits(text, { maxDepth, maxElements });
    assert.ok(within(depth, elements), text);
    if (depth > 0) assert.ok(!within(depth - 1, elements), text);
    if (elements > 0) assert.ok(!within(depth, elements - 1), text);
  }
});
