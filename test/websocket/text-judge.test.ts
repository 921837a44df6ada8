import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextJudge } from '../../src/websocket/text-judge.ts';
import { arrivals, hex } from '../../testing/splits.ts';

const texts = [
  { name: 'ASCII', bytes: '41 42', bad: undefined, ends: true },
  { name: 'two, three and four bytes', bytes: 'c3a9 e5ad97 f09f9880', bad: undefined, ends: true },
  { name: 'a lone continuation', bytes: '41 80 42', bad: 1, ends: false },
  { name: 'an overlong form', bytes: '41 c0 af', bad: 1, ends: false },
  { name: 'a surrogate', bytes: '41 42 ed a0 80', bad: 3, ends: false },
  { name: 'above U+10FFFF', bytes: 'f4 90 80 80', bad: 1, ends: false },
  { name: 'a character that is not continued', bytes: 'c3a9 f09f 41', bad: 4, ends: false },
  { name: 'a character cut in two', bytes: '41 f0 9f 98', bad: undefined, ends: false },
];

for (const { name, bytes, bad, ends } of texts) {
  test(`§8.1 ${name}: the place of the first bad byte, in every split`, () => {
    for (const { name: split, chunks } of arrivals(hex(bytes))) {
      const judge = new TextJudge();
      let before = 0;
      let found: number | undefined;
      for (const chunk of chunks) {
        const result = judge.push(chunk);
        if (result !== undefined) {
          found = before + result.index;
          assert.equal(result.error.code, 'ERR_WS_INVALID_UTF8');
          break;
        }
        before += chunk.length;
      }
      assert.equal(found, bad, split);
      if (bad === undefined) assert.equal(judge.end() === undefined, ends, split);
    }
  });
}
