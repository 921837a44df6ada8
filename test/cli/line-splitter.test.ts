import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineSplitter } from '../../src/cli/line-splitter.ts';

const texts = [
  { text: '', want: [] },
  { text: 'a', want: ['a'] },
  { text: 'a\n', want: ['a'] },
  { text: 'a\nb', want: ['a', 'b'] },
  { text: '\n\nx\n\n', want: ['', '', 'x', ''] },
  { text: 'a\r\nb\r\n', want: ['a', 'b'] },
  { text: 'a\rb\n', want: ['a\rb'] },
  { text: '{"a":"\u2028"}\n', want: ['{"a":"\u2028"}'] },
];

function split(chunks: readonly string[]): string[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  const last = splitter.end();
  return last === undefined ? lines : [...lines, last];
}

for (const { text, want } of texts) {
  test(`${JSON.stringify(text)} in every split`, () => {
    assert.deepEqual(split([text]), want);
    assert.deepEqual(split([...text]), want);
    for (let at = 0; at <= text.length; at++) {
      assert.deepEqual(split([text.slice(0, at), text.slice(at)]), want, `at ${at}`);
    }
  });
}
