import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestTarget } from '../../src/http/request-target.ts';

const cases: readonly [string, { path: string; query: string } | undefined][] = [
  ['/where?q=now', { path: '/where', query: 'q=now' }],
  ['http://www.example.org/pub/WWW/TheProject.html', { path: '/pub/WWW/TheProject.html', query: '' }],
  ['HTTPS://a:8443?x', { path: '/', query: 'x' }],
  ['http://a', { path: '/', query: '' }],
  ['/', { path: '/', query: '' }],
  ['/?', { path: '/', query: '' }],
  ['/a?b?c', { path: '/a', query: 'b?c' }],
  ['//evil.example/x', { path: '//evil.example/x', query: '' }],
  ['/a/../b', { path: '/a/../b', query: '' }],
  ['/a#fragment?x', { path: '/a', query: '' }],
  ['*', undefined],
  ['', undefined],
  ['a', undefined],
  ['www.example.com:80', undefined],
  ['ftp://a/b', undefined],
];
for (const [target, want] of cases) {
  test(`RFC 9112 §3.2 ${JSON.stringify(target)}`, () => {
    assert.deepEqual(parseRequestTarget(target), want);
  });
}
