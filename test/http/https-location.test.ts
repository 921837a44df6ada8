import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpsLocation } from '../../src/http/https-location.ts';

const names = ['localhost', '*.app.localhost', 'The-Shop.localhost', '127.0.0.1', '::1'] as const;
const address = { names: [...names] as [string, ...string[]], port: 8443 };

const cases: readonly [string | undefined, string, string][] = [
  ['localhost:8080', '/', 'https://localhost:8443/'],
  ['LOCALHOST', '/a?b=c&d', 'https://localhost:8443/a?b=c&d'],
  ['the-shop.localhost:8080', '/', 'https://the-shop.localhost:8443/'],
  ['x.app.localhost', '/', 'https://x.app.localhost:8443/'],
  ['127.0.0.1:8080', '/', 'https://127.0.0.1:8443/'],
  ['[::1]:8080', '/', 'https://[::1]:8443/'],
  [undefined, '/', 'https://localhost:8443/'],
  ['', '/', 'https://localhost:8443/'],
  ['evil.example', '/', 'https://localhost:8443/'],
  ['app.localhost', '/', 'https://localhost:8443/'],
  ['x.y.app.localhost', '/', 'https://localhost:8443/'],
  ['localhost@evil.example', '/', 'https://localhost:8443/'],
  ['localhost/evil', '/', 'https://localhost:8443/'],
  ['localhost\r\nX: y', '/', 'https://localhost:8443/'],
  ['localhost', '//evil.example/', 'https://localhost:8443//evil.example/'],
  ['localhost', 'http://evil.example/a?b', 'https://localhost:8443/a?b'],
  ['localhost', '*', 'https://localhost:8443/'],
  ['localhost', '@evil.example', 'https://localhost:8443/'],
];
for (const [host, target, want] of cases) {
  test(`§15.4.9 ${JSON.stringify(host)} ${target} goes to ${want}`, () => {
    const location = httpsLocation({ host, target }, address);
    assert.equal(location, want);
    // As a browser reads it, it leads to one of our hosts.
    const { hostname } = new URL(location);
    assert.match(hostname, /^(localhost|[a-z-]+(\.app)?\.localhost|127\.0\.0\.1|\[::1\])$/);
  });
}

test('port 443 is left out', () => {
  const location = httpsLocation({ host: 'a.test', target: '/' }, { names: ['a.test'], port: 443 });
  assert.equal(location, 'https://a.test/');
});
