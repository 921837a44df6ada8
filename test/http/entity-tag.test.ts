import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileEntityTag, matchesEntityTag } from '../../src/http/entity-tag.ts';

test('§8.8.3 the tag of a file changes with its size and with its time', () => {
  assert.equal(fileEntityTag(500n, 255n), 'W/"1f4-ff"');
  assert.notEqual(fileEntityTag(500n, 255n), fileEntityTag(501n, 255n));
  assert.notEqual(fileEntityTag(500n, 255n), fileEntityTag(500n, 256n));
});

const cases: readonly [string, string, boolean][] = [
  ['"1"', '"1"', true],
  // The table of §8.8.3.2, weak comparison.
  ['W/"1"', 'W/"1"', true],
  ['W/"1"', 'W/"2"', false],
  ['W/"1"', '"1"', true],
  ['"1"', 'W/"1"', true],
  ['*', 'W/"1"', true],
  [' * ', '"1"', true],
  // The examples of §13.1.2.
  ['"xyzzy", "r2d2xxxx", "c3piozzzz"', '"r2d2xxxx"', true],
  ['W/"xyzzy", W/"r2d2xxxx", W/"c3piozzzz"', '"c3piozzzz"', true],
  ['"a,b"', '"b"', false],
  ['"a,b","c"', '"a,b"', true],
  ['1', '"1"', false],
  ['"1', '"1"', false],
  ['', '"1"', false],
  ['""', '""', true],
];
for (const [header, tag, want] of cases) {
  test(`§13.1.2 If-None-Match: ${header} with ${tag}: ${want}`, () => {
    assert.equal(matchesEntityTag(header, tag), want);
  });
}

test('a long header of quotes ends', () => {
  for (const piece of ['"', '"a', 'W/', '",']) {
    assert.equal(matchesEntityTag(piece.repeat(500_000), '"x"'), false);
  }
});
