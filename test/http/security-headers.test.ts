import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowsStrictTransportSecurity, securityHeaders } from '../../src/http/security-headers.ts';

test('CSP: everything from here, nothing inline', () => {
  const csp = new Map(securityHeaders()).get('Content-Security-Policy')!;
  assert.deepEqual(csp.split('; '), [
    "default-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
  ]);
});

test('the other headers', () => {
  const headers = new Map(securityHeaders());
  assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
  assert.equal(headers.get('Referrer-Policy'), 'same-origin');
  assert.equal(headers.get('Cross-Origin-Opener-Policy'), 'same-origin');
  assert.equal(headers.get('Cross-Origin-Resource-Policy'), 'same-origin');
});

const hosts: readonly [string | undefined, boolean][] = [
  ['example.org', true],
  ['example.org:8443', true],
  ['EXAMPLE.org.', true],
  ['notlocalhost', true],
  ['localhost.example.org', true],
  ['localhost', false],
  ['LocalHost:8443', false],
  ['localhost.', false],
  ['the-shop.localhost:8443', false],
  ['127.0.0.1', false],
  ['127.0.0.1:8443', false],
  ['127.1', false],
  ['0x7f000001', false],
  ['[::1]:8443', false],
  ['192.0.2.1', false],
  ['', false],
  ['a b', false],
  ['[::1', false],
  [undefined, false],
];
for (const [host, want] of hosts) {
  test(`RFC 6797 §8.1.1 HSTS for ${JSON.stringify(host)}: ${want}`, () => {
    assert.equal(allowsStrictTransportSecurity(host), want);
    const asked = new Map(securityHeaders({ host, strictTransportSecuritySeconds: 300 }));
    assert.equal(asked.get('Strict-Transport-Security'), want ? 'max-age=300' : undefined);
    const notAsked = new Map(securityHeaders({ host }));
    assert.equal(notAsked.has('Strict-Transport-Security'), false);
  });
}
