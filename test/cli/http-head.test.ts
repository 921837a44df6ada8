import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHttpHead } from '../../src/cli/http-head.ts';

test('a request: its first line in parts, its headers in lower case', () => {
  const head = parseHttpHead('GET /a?b HTTP/1.1\r\nHost:  x \r\nX-A: 1\r\nx-a: 2\r\n\r\n');
  assert.deepEqual(head?.start, ['GET', '/a?b', 'HTTP/1.1']);
  assert.deepEqual({ ...head?.headers }, { host: 'x', 'x-a': '1, 2' });
  assert.deepEqual(head?.rawHeaders, ['Host', 'x', 'X-A', '1', 'x-a', '2']);
  assert.deepEqual(head?.lines, ['GET /a?b HTTP/1.1', 'Host:  x ', 'X-A: 1', 'x-a: 2']);
});

test('a response; only the first Host counts; names of prototypes are names', () => {
  const head = parseHttpHead('HTTP/1.1 101\r\nHost: a\r\nhost: b\r\n__proto__: c\r\n\r\n');
  assert.deepEqual(head?.start, ['HTTP/1.1', '101', '']);
  assert.equal(head?.headers['host'], 'a');
  assert.ok(Object.hasOwn(head?.headers ?? {}, '__proto__'));
});

for (const text of [
  '',
  '\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/1.1\r\nno colon\r\n\r\n',
  'GET / HTTP/1.1\r\na b: c\r\n\r\n',
  'GET / HTTP/1.1\r\n: c\r\n\r\n',
]) {
  test(`${JSON.stringify(text)} is no head`, () => assert.equal(parseHttpHead(text), undefined));
}
