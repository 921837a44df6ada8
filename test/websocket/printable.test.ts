import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeControls, hexDump, quoteText, spacedHex } from '../../src/websocket/printable.ts';
import { hex } from '../../testing/splits.ts';

test('no control character passes: C0, DEL, C1, and those that turn the direction', () => {
  for (let code = 0; code <= 0xffff; code++) {
    const control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const shown = escapeControls(String.fromCharCode(code));
    if (control || bidi) assert.match(shown, /^\\(n|r|t|u[0-9a-f]{4})$/);
    if (code >= 0x20 && code < 0x7f) assert.equal(shown, String.fromCharCode(code));
  }
  assert.equal(escapeControls('a\u001b[2J\n\u202eb é 字'), 'a\\u001b[2J\\n\\u202eb é 字');
});

const quoted = [
  { text: '', limit: 3, want: '""' },
  { text: 'abc', limit: 3, want: '"abc"' },
  { text: 'abcd', limit: 3, want: '"abc"...' },
  { text: '😀😀😀', limit: 3, want: '"😀😀😀"' },
  { text: '😀😀😀😀', limit: 3, want: '"😀😀😀"...' },
  { text: 'a"b\\', limit: 9, want: '"a\\"b\\\\"' },
  { text: '"""', limit: 2, want: '"\\"\\""...' },
];
for (const { text, limit, want } of quoted) {
  test(`${JSON.stringify(text)} in at most ${limit} characters`, () => {
    assert.equal(quoteText(text, limit), want);
  });
}

test('hex with spaces, cut short', () => {
  assert.equal(spacedHex(hex('00ff10')), '00 ff 10');
  assert.equal(spacedHex(hex('00ff10'), 2), '00 ff ...');
  assert.equal(spacedHex(hex('')), '');
});

test('a dump has 16 bytes a line and ASCII beside them', () => {
  const bytes = Buffer.from('0123456789abcdef\u0000\u007f é', 'utf8');
  assert.deepEqual(hexDump(bytes, 8), [
    '0000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
    '0010  00 7f 20 c3 a9                                   .. ..',
  ]);
  assert.equal(hexDump(bytes, 1).length, 1);
  assert.deepEqual(hexDump(hex(''), 1), []);
});
