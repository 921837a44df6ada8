import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serializeHttpDate } from '../../src/shared/http-date.ts';

test('§5.6.7 the printed example', () => {
  assert.equal(serializeHttpDate(new Date(784111777000)), 'Sun, 06 Nov 1994 08:49:37 GMT');
});

test('§5.6.7 whole seconds, GMT, four digits of year', () => {
  assert.equal(serializeHttpDate(new Date(999)), 'Thu, 01 Jan 1970 00:00:00 GMT');
  assert.equal(serializeHttpDate(new Date(253402300799000)), 'Fri, 31 Dec 9999 23:59:59 GMT');
  assert.throws(() => serializeHttpDate(new Date(NaN)), RangeError);
  assert.throws(() => serializeHttpDate(new Date(253402300800000)), RangeError);
});
