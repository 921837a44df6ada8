import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowedOrigin } from '../../src/websocket/index.ts';

const same = [
  { origin: undefined, host: 'example.com', want: true },
  { origin: 'https://example.com', host: 'example.com', want: true },
  { origin: 'https://example.com', host: 'example.com:443', want: true },
  { origin: 'http://example.com', host: 'example.com:80', want: true },
  { origin: 'https://EXAMPLE.com', host: 'Example.COM', want: true },
  { origin: 'https://localhost:8443', host: 'localhost:8443', want: true },
  { origin: 'http://[::1]:8080', host: '[::1]:8080', want: true },
  { origin: 'https://localhost:8444', host: 'localhost:8443', want: false },
  { origin: 'https://example.com', host: 'example.com:8443', want: false },
  { origin: 'https://127.0.0.1:8443', host: 'localhost:8443', want: false },
  { origin: 'https://evil-example.com', host: 'example.com', want: false },
  { origin: 'https://example.com.evil.org', host: 'example.com', want: false },
  { origin: 'https://sub.example.com', host: 'example.com', want: false },
  { origin: 'https://example.com@evil.org', host: 'example.com', want: false },
  { origin: 'https://evil.org/example.com', host: 'example.com', want: false },
  { origin: 'https://example.com, https://evil.org', host: 'example.com', want: false },
  { origin: 'https://example.com/', host: 'example.com', want: false },
  { origin: 'null', host: 'example.com', want: false },
  { origin: 'null', host: 'null', want: false },
  { origin: '', host: '', want: false },
  { origin: 'file://', host: '', want: false },
  { origin: 'https://example.com', host: undefined, want: false },
  { origin: 'https://example.com', host: 'example.com/x', want: false },
  { origin: 'https://example.com', host: 'user@example.com', want: false },
];

for (const { origin, host, want } of same) {
  test(`§10.2 same: Origin ${origin}, Host ${host}: ${want ? 'taken' : 'refused'}`, () => {
    assert.equal(isAllowedOrigin(origin, host, 'same'), want);
  });
}

test('§10.2 any, a list, a function', () => {
  assert.equal(isAllowedOrigin('null', 'example.com', 'any'), true);
  const list = ['https://a.example', 'http://b.example:8080'];
  assert.equal(isAllowedOrigin('https://A.example:443', 'x', list), true);
  assert.equal(isAllowedOrigin('http://b.example:8080', 'x', list), true);
  assert.equal(isAllowedOrigin('http://b.example', 'x', list), false);
  assert.equal(isAllowedOrigin('null', 'x', ['null']), false);
  const ends = (origin: string, host: string | undefined) =>
    origin.endsWith('.test') && host === 'h';
  assert.equal(isAllowedOrigin('https://a.test', 'h', ends), true);
  assert.equal(isAllowedOrigin('https://a.test', 'other', ends), false);
});
