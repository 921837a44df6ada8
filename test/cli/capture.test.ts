import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureReader, isBareHex, isCapture } from '../../src/cli/capture.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

/** The bytes of each run of one side, whatever the split. */
function read(texts: readonly string[]): string[] {
  const reader = new CaptureReader();
  const runs: string[] = [];
  for (const { sender, bytes } of texts.flatMap((text) => reader.push(text))) {
    const last = runs.at(-1);
    const hex = bytes.toString('hex');
    if (last?.startsWith(sender)) runs[runs.length - 1] = last + hex;
    else runs.push(`${sender} ${hex}`);
  }
  reader.end();
  return runs;
}

const captures = [
  { name: 'nothing', text: '', want: [] },
  { name: 'both sides', text: '> 81 00\n< 8100\n', want: ['client 8100', 'server 8100'] },
  { name: 'no end of line', text: '>8100', want: ['client 8100'] },
  { name: 'comments and blank lines', text: '# a\n\n > 81 # b > 00\n', want: ['client 81'] },
  {
    name: 'ends of lines as in Windows',
    text: '> 81 00\r\n\r\n< 81 00\r\n',
    want: ['client 8100', 'server 8100'],
  },
  { name: 'upper case', text: '> AB cD\n', want: ['client abcd'] },
  { name: 'a side without bytes', text: '>\n<\n> 00\n', want: ['client 00'] },
];
for (const { name, text, want } of captures) {
  test(`a capture of ${name}, in every split`, () => {
    assert.deepEqual(read([text]), want);
    assert.deepEqual(read([...text]), want);
    for (let at = 1; at < text.length; at++) {
      assert.deepEqual(read([text.slice(0, at), text.slice(at)]), want, `split at ${at}`);
    }
  });
}

const invalid = [
  { text: '81 00\n', message: /^line 1: expected a line to begin with > or <, got "8"$/ },
  { text: '> 81\n\n> 8\n', message: /^line 3: a byte has two digits, got "8"$/ },
  { text: '> 8 1\n', message: /^line 1: a byte has two digits, got "8"$/ },
  { text: '> 8', message: /^line 1: a byte has two digits, got "8"$/ },
  { text: '> 8#\n', message: /^line 1: a byte has two digits, got "8"$/ },
  { text: '# \n> 81 xy\n', message: /^line 2: expected hexadecimal digits, got "x"$/ },
  { text: '> 81\u009b\n', message: /^line 1: expected hexadecimal digits, got "\\u009b"$/ },
  { text: '> 81\u001b\n', message: /^line 1: expected hexadecimal digits, got "\\u001b"$/ },
];
for (const { text, message } of invalid) {
  test(`${JSON.stringify(text)} is no capture`, () => {
    assert.throws(
      () => read([text]),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test('hexadecimal digits alone are neither a capture nor frames', () => {
  for (const text of ['81 05 48', ' 8105\n', 'fe0A']) {
    assert.equal(isBareHex(Buffer.from(text)), true, text);
  }
  for (const text of ['', '81', '> 81 05', '8105x', 'AB cd', '\u00810005']) {
    assert.equal(isBareHex(Buffer.from(text, 'latin1')), false, text);
  }
});

test('what begins with >, < or # is a capture, and no valid frame does', () => {
  for (let byte = 0; byte < 256; byte++) {
    const character = String.fromCharCode(byte);
    assert.equal(isCapture(Buffer.from([byte])), '><#'.includes(character));
    const skipped = /\s/.test(character) || '><#'.includes(character);
    assert.equal(isCapture(Buffer.from([byte, 0x3e])), skipped);
    const knownOpcode = [0, 1, 2, 8, 9, 10].includes(byte & 0xf);
    if (skipped && byte < 0x80) assert.ok((byte & 0b0111_0000) !== 0 || !knownOpcode || byte >= 9);
  }
  assert.equal(isCapture(Buffer.from(' \r\n\t> 81')), true);
  assert.equal(isCapture(Buffer.from('')), false);
});
