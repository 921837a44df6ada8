import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentTypeOf } from '../../src/http/content-type.ts';

const cases: readonly [string, string][] = [
  ['index.html', 'text/html; charset=utf-8'],
  ['a/b.CSS', 'text/css; charset=utf-8'],
  ['a.min.js', 'text/javascript; charset=utf-8'],
  ['a.mjs', 'text/javascript; charset=utf-8'],
  ['a.json', 'application/json'],
  ['a.svg', 'image/svg+xml'],
  ['a.png', 'image/png'],
  ['a.txt', 'text/plain; charset=utf-8'],
  ['a.unknown', 'application/octet-stream'],
  ['a.__proto__', 'application/octet-stream'],
  ['a.constructor', 'application/octet-stream'],
  ['Makefile', 'application/octet-stream'],
  ['', 'application/octet-stream'],
];
for (const [path, want] of cases) {
  test(`§8.3 ${path || 'nothing'} is ${want}`, () => assert.equal(contentTypeOf(path), want));
}
