import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowedOrigin } from '../../src/websocket/index.ts';
import { checkAllowedOrigins } from '../../src/websocket/origin.ts';

const request = (origin: string | string[] | undefined, host?: string) => ({
  headers: { origin, host },
});

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
  { origin: 'https://xn--bcher-kva.example', host: 'xn--bcher-kva.example', want: true },
  { origin: 'http://[::1]:8080', host: '[::1]:8081', want: false },
  { origin: 'http://[::1]:8080', host: 'localhost:8080', want: false },
  { origin: 'http://example.com', host: 'example.com:443', want: false },
  { origin: 'https://example.com:443', host: 'example.com', want: true },
  { origin: 'https://example.com:8443', host: 'EXAMPLE.COM:8443', want: true },
  { origin: 'https://example.com.', host: 'example.com', want: false },
  { origin: 'https://xexample.com', host: 'example.com', want: false },
  { origin: 'https://example.com:443@evil.org', host: 'example.com', want: false },
  { origin: 'https://example.com\\.evil.org', host: 'example.com', want: false },
  { origin: 'https://example.com#', host: 'example.com', want: false },
  { origin: 'chrome-extension://abcdef', host: 'abcdef', want: false },
  { origin: 'NULL', host: 'null', want: false },
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
    assert.equal(isAllowedOrigin(request(origin, host), 'same'), want);
  });
}

test('§10.2 any, a list, a function', () => {
  assert.equal(isAllowedOrigin(request('null', 'example.com'), 'any'), true);
  const list = ['https://a.example', 'http://b.example:8080'];
  assert.equal(isAllowedOrigin(request('https://A.example:443', 'x'), list), true);
  assert.equal(isAllowedOrigin(request('http://b.example:8080', 'x'), list), true);
  assert.equal(isAllowedOrigin(request('http://b.example', 'x'), list), false);
  assert.equal(isAllowedOrigin(request('http://a.example', 'x'), list), false);
  assert.equal(isAllowedOrigin(request('https://x.example', 'x.example'), list), false);
  assert.equal(isAllowedOrigin(request(undefined, 'x'), list), true);
  const ends = (origin: string, { headers }: { headers: { host?: unknown } }) =>
    origin.endsWith('.test') && headers.host === 'h';
  assert.equal(isAllowedOrigin(request('https://a.test', 'h'), ends), true);
  assert.equal(isAllowedOrigin(request('https://a.test', 'other'), ends), false);
});

test('§10.2 only true is a yes, and several Origin headers are none', () => {
  const later = (async () => true) as unknown as () => boolean;
  assert.equal(isAllowedOrigin(request('https://a.test', 'h'), later), false);
  const two = request(['https://h', 'https://h'], 'h');
  assert.equal(isAllowedOrigin(two, 'same'), false);
});

test('what a function throws is passed on', () => {
  const broken = () => {
    throw new Error('broken');
  };
  assert.throws(() => isAllowedOrigin(request('https://a.test', 'h'), broken), /broken/);
});

for (const value of ['same', 'any', [], ['https://a.example:8443', 'http://[::1]'], () => true]) {
  test(`allowedOrigins takes ${JSON.stringify(value) ?? 'a function'}`, () => {
    checkAllowedOrigins(value);
  });
}

const refused = ['*', 'https://a.example', 5, true, {}, ['a.example'], ['*'], ['null'], [5]];
for (const value of [...refused, ['https://a.example/'], ['https://*.a.example/x']]) {
  test(`allowedOrigins refuses ${JSON.stringify(value)} and shows it`, () => {
    const shown = JSON.stringify(Array.isArray(value) ? value[0] : value);
    assert.throws(
      () => checkAllowedOrigins(value),
      (error) => error instanceof TypeError && error.message.endsWith(`got ${shown}`),
    );
  });
}
