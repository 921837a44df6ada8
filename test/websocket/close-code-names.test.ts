import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeCodeMeaning } from '../../src/websocket/close-code-names.ts';
import { CloseCode } from '../../src/websocket/index.ts';

test('§7.4.1 every code of ours has a meaning of its own', () => {
  const meanings = Object.values(CloseCode).map(closeCodeMeaning);
  assert.equal(new Set(meanings).size, meanings.length);
  assert.ok(!meanings.includes('not defined'));
});

const ranges = [
  { code: 0, want: 'not used' },
  { code: 999, want: 'not used' },
  { code: 1016, want: 'not defined' },
  { code: 2999, want: 'not defined' },
  { code: 3000, want: 'registered by a library or a framework' },
  { code: 3999, want: 'registered by a library or a framework' },
  { code: 4000, want: 'for private use between the two' },
  { code: 4999, want: 'for private use between the two' },
  { code: 5000, want: 'not used' },
  { code: 65535, want: 'not used' },
];
for (const { code, want } of ranges) {
  test(`§7.4.2 ${code}: ${want}`, () => assert.equal(closeCodeMeaning(code), want));
}
