import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asciiLowerCase,
  isToken,
  isTokenCode,
  splitList,
  trimOws,
} from '../../src/shared/ascii.ts';

test('§5.6.2 tchar, on all 256 bytes', () => {
  const separators = '"(),/:;<=>?@[\\]{}';
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    const want = code > 0x20 && code < 0x7f && !separators.includes(character);
    assert.equal(isTokenCode(code), want, `byte ${code}`);
  }
});

test('§5.6.2 a token is one tchar or more', () => {
  assert.equal(isToken('permessage-deflate'), true);
  for (const text of ['', ' a', 'a b', 'a,b', 'é', 'a\u0000']) assert.equal(isToken(text), false);
});

test('§5.6.1 lists: white space goes, empty elements too', () => {
  assert.deepEqual(splitList(' a , ,b\t,, c d '), ['a', 'b', 'c d']);
  assert.deepEqual(splitList(''), []);
});

test('§5.6.3 only SP and HTAB are white space', () => {
  assert.equal(trimOws(' \t x \t'), 'x');
  assert.equal(trimOws('\u00a0x\n'), '\u00a0x\n');
  assert.equal(trimOws(' \t '), '');
});

test('lower case touches the 26 letters only', () => {
  assert.equal(asciiLowerCase('WebSocket'), 'websocket');
  assert.equal(asciiLowerCase('\u212aİ'), '\u212aİ');
});
