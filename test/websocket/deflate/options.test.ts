import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDeflateRaw } from 'node:zlib';
import {
  checkDeflateOptions,
  deflateDefaults,
  deflateOptionsOf,
  isWindowBits,
  meaningfulZlibOptions,
} from '../../../src/websocket/deflate/options.ts';
import type { DeflateOptions } from '../../../src/websocket/deflate/options.ts';

test('the defaults are those of npm ws', () => {
  assert.deepEqual(deflateDefaults, { threshold: 1024, concurrencyLimit: 10 });
});

test('true is all defaults, false is none, nothing is what the role says', () => {
  assert.deepEqual(deflateOptionsOf(true, false), {});
  assert.equal(deflateOptionsOf(false, true), undefined);
  assert.equal(deflateOptionsOf(undefined, false), undefined);
  assert.deepEqual(deflateOptionsOf(null, true), {});
  const options = { threshold: 0 };
  assert.equal(deflateOptionsOf(options, false), options);
});

test('§7.1.2 a window has 8 to 15 bits', () => {
  for (let bits = 0; bits <= 17; bits++) assert.equal(isWindowBits(bits), bits >= 8 && bits <= 15);
  for (const bits of [8.5, NaN, Infinity, -8]) assert.equal(isWindowBits(bits), false);
});

test('what programs write for npm ws is taken', () => {
  const all: DeflateOptions = {
    zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3, strategy: 0, info: true },
    zlibInflateOptions: { chunkSize: 10 * 1024, dictionary: Buffer.alloc(3) },
    clientNoContextTakeover: true,
    serverNoContextTakeover: false,
    serverMaxWindowBits: 10,
    clientMaxWindowBits: true,
    concurrencyLimit: 10,
    threshold: 1024,
  };
  for (const option of [undefined, null, true, false, {}, all]) checkDeflateOptions(option);
  const limits = { concurrencyLimit: Infinity, threshold: Infinity };
  checkDeflateOptions({ ...limits, serverMaxWindowBits: false });
});

test('what is no sensible value is named, with the rule and the value', () => {
  const bits = 'must be a boolean or a whole number from 8 to 15';
  const table: [unknown, typeof TypeError, string][] = [
    ['yes', TypeError, ' must be a boolean or an object, got "yes"'],
    [
      { serverNoContextTakeover: 1 },
      TypeError,
      '.serverNoContextTakeover must be a boolean, got 1',
    ],
    [
      { clientNoContextTakeover: '' },
      TypeError,
      '.clientNoContextTakeover must be a boolean, got ""',
    ],
    [{ serverMaxWindowBits: '9' }, TypeError, `.serverMaxWindowBits ${bits}, got "9"`],
    [{ serverMaxWindowBits: 7 }, RangeError, `.serverMaxWindowBits ${bits}, got 7`],
    [{ serverMaxWindowBits: 16 }, RangeError, `.serverMaxWindowBits ${bits}, got 16`],
    [{ clientMaxWindowBits: 0 }, RangeError, `.clientMaxWindowBits ${bits}, got 0`],
    [{ clientMaxWindowBits: 8.5 }, RangeError, `.clientMaxWindowBits ${bits}, got 8.5`],
    [{ clientMaxWindowBits: NaN }, RangeError, `.clientMaxWindowBits ${bits}, got NaN`],
    [{ threshold: -1 }, RangeError, '.threshold must be a number from 0, got -1'],
    [{ threshold: NaN }, RangeError, '.threshold must be a number from 0, got NaN'],
    [{ threshold: '1' }, TypeError, '.threshold must be a number from 0, got "1"'],
    [
      { concurrencyLimit: 0 },
      RangeError,
      '.concurrencyLimit must be a whole number from 1, or Infinity, got 0',
    ],
    [
      { concurrencyLimit: 1.5 },
      RangeError,
      '.concurrencyLimit must be a whole number from 1, or Infinity, got 1.5',
    ],
    [{ zlibDeflateOptions: 6 }, TypeError, '.zlibDeflateOptions must be an object, got 6'],
    [
      { zlibDeflateOptions: { level: 10 } },
      RangeError,
      '.zlibDeflateOptions.level must be a whole number from -1 to 9, got 10',
    ],
    [
      { zlibDeflateOptions: { memLevel: 0 } },
      RangeError,
      '.zlibDeflateOptions.memLevel must be a whole number from 1 to 9, got 0',
    ],
    [
      { zlibDeflateOptions: { strategy: 5 } },
      RangeError,
      '.zlibDeflateOptions.strategy must be a whole number from 0 to 4, got 5',
    ],
    [
      { zlibInflateOptions: { chunkSize: 63 } },
      RangeError,
      '.zlibInflateOptions.chunkSize must be a whole number from 64, got 63',
    ],
    [
      { zlibInflateOptions: { dictionary: 'abc' } },
      TypeError,
      '.zlibInflateOptions.dictionary must be bytes, got "abc"',
    ],
  ];
  for (const [option, kind, message] of table) {
    assert.throws(() => checkDeflateOptions(option as DeflateOptions), {
      name: kind.name,
      message: `option perMessageDeflate${message}`,
    });
  }
});

test('zlib takes every value that the check takes', () => {
  for (const options of [
    ...[-1, 0, 1, 9].map((level) => ({ level })),
    ...[1, 9].map((memLevel) => ({ memLevel })),
    ...[0, 4].map((strategy) => ({ strategy })),
    { chunkSize: 64 },
  ]) {
    checkDeflateOptions({ zlibDeflateOptions: options });
    createDeflateRaw(options).close();
  }
});

test('of options for zlib only those are passed on that leave the protocol as it is', () => {
  const given = { level: 3, windowBits: 9, finishFlush: 4, maxOutputLength: 1 };
  const { chunkSize, ...rest } = meaningfulZlibOptions({ ...given, flush: 0, info: true });
  assert.deepEqual(rest, { level: 3 });
  for (const nothing of [undefined, null, {}, { chunkSize: undefined }]) {
    assert.deepEqual(meaningfulZlibOptions(nothing), { chunkSize });
  }
  assert.deepEqual(meaningfulZlibOptions({ chunkSize: 64 }), { chunkSize: 64 });
  // A buffer of this size has memory of its own.
  assert.equal(Buffer.allocUnsafe(chunkSize ?? 0).buffer.byteLength, chunkSize);
});
