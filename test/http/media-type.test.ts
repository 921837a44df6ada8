import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUtf8MediaType, parseMediaType } from '../../src/http/media-type.ts';

// The four of RFC 9110 §8.3.1, which are equivalent.
for (const text of [
  'text/html;charset=utf-8',
  'Text/HTML;Charset="utf-8"',
  'text/html; charset="utf-8"',
  'text/html;charset=UTF-8',
]) {
  test(`§8.3.1 ${text}`, () => {
    assert.deepEqual(parseMediaType(text), { type: 'text/html', charset: 'utf-8' });
    assert.equal(isUtf8MediaType(text, 'text/html'), true);
  });
}

test('§8.3.1 another type, another charset, none', () => {
  assert.equal(isUtf8MediaType('application/json', 'application/json'), true);
  assert.equal(isUtf8MediaType('application/json; a=b', 'application/json'), true);
  assert.equal(isUtf8MediaType('application/json; charset=utf-16', 'application/json'), false);
  assert.equal(isUtf8MediaType('application/json-patch', 'application/json'), false);
  for (const text of ['', ';', '__proto__', ';;charset=']) {
    assert.equal(isUtf8MediaType(text, 'application/json'), false);
  }
});
