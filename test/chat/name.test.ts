import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameKey, parseName } from '../../src/chat/name.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const good = [
  { text: 'a', want: 'a' },
  { text: 'a'.repeat(32), want: 'a'.repeat(32) },
  { text: '😀'.repeat(32), want: '😀'.repeat(32) },
  { text: 'e\u0301'.repeat(32), want: '\u00e9'.repeat(32) },
  { text: '  Ann\u00a0 \u3000Lee ', want: 'Ann Lee' },
  { text: '<img src=x onerror=alert(1)>', want: '<img src=x onerror=alert(1)>' },
  { text: '__proto__', want: '__proto__' },
  { text: 'constructor', want: 'constructor' },
  { text: 'أحمد', want: 'أحمد' },
  { text: 'می\u200cخواهم', want: 'می\u200cخواهم' },
  { text: '👩\u200d💻', want: '👩\u200d💻' },
  { text: '❤\ufe0f', want: '❤\ufe0f' },
  { text: '葛\u{e0100}', want: '葛\u{e0100}' },
  { text: '.', want: '.' },
];

for (const { text, want } of good) {
  test(`a name: ${JSON.stringify(text)}`, () => assert.equal(parseName(text, 32), want));
}

const bad = [
  { what: 'empty', text: '' },
  { what: 'spaces only', text: ' \u3000 ' },
  { what: '33 code points', text: 'a'.repeat(33) },
  { what: '33 code points beyond the BMP', text: '😀'.repeat(33) },
  { what: 'NUL', text: 'a\0b' },
  { what: 'escape', text: '\u001b[31mred' },
  { what: 'a line break', text: 'a\nb' },
  { what: 'a tab', text: 'a\tb' },
  { what: 'a C1 control', text: 'a\u009bb' },
  { what: 'U+2028', text: 'a\u2028b' },
  { what: 'a right-to-left override', text: 'a\u202eb' },
  { what: 'an isolate', text: 'a\u2066b' },
  { what: 'a right-to-left mark', text: 'a\u200fb' },
  { what: 'a zero-width space', text: 'a\u200bb' },
  { what: 'a byte order mark', text: '\ufeffa' },
  { what: 'a soft hyphen', text: 'a\u00adb' },
  { what: 'a Hangul filler', text: '\u3164' },
  { what: 'a Braille blank', text: '\u2800' },
  { what: 'joiners only', text: '\u200d\u200c' },
  { what: 'a joiner and spaces', text: ' \u200d ' },
  { what: 'a combining mark in front', text: '\u0301a' },
  { what: 'a combining mark behind a joiner', text: '\u200d\u0301a' },
  { what: 'a lone surrogate', text: 'a\ud800' },
];

for (const { what, text } of bad) {
  test(`no name: ${what}`, () => assert.equal(parseName(text, 32), undefined));
}

const pairs = [
  { a: 'Jose\u0301', b: 'José', same: true },
  { a: ' Ann', b: 'Ann', same: true },
  { a: 'Ann\u00a0Lee', b: 'Ann  Lee', same: true },
  { a: 'An\u200dn', b: 'Ann', same: true },
  { a: 'Ann \u200d', b: 'Ann', same: true },
  { a: '❤\ufe0f', b: '❤', same: true },
  { a: 'e\u200d\u0301', b: '\u00e9', same: true },
  { a: 'Ann', b: 'ann', same: false },
  { a: '__proto__', b: 'constructor', same: false },
];

for (const { a, b, same } of pairs) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} are ${same ? 'one name' : 'two'}`, () => {
    const key = (text: string) => nameKey(parseName(text, 32) ?? assert.fail(`no name: ${text}`));
    assert.equal(key(a) === key(b), same);
  });
}

test('UAX #15 a name parses to itself, and has the key of its text', (t) => {
  const random = seededRandom(t);
  const parts = ['a', 'e\u0301', ' ', '\u00a0', '\u200d', '\ufe0f', '😀', '\u0301', '가', 'ᄀ', 'ᅡ'];
  for (let i = 0; i < 5000; i++) {
    const text = Array.from({ length: 1 + random.below(8) }, () => random.pick(parts)).join('');
    const name = parseName(text, 32);
    if (name === undefined) continue;
    assert.equal(parseName(name, 32), name);
    assert.equal(nameKey(name), nameKey(text));
    assert.equal(nameKey(nameKey(name)), nameKey(name));
  }
});
