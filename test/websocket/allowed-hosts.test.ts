import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAllowedHost } from '../../src/websocket/index.ts';
import { checkAllowedHosts } from '../../src/websocket/allowed-hosts.ts';

const loopback = ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'];
const listed = ['app.test', 'Two.test:8080', '[2001:db8::1]'];

const cases = [
  { host: 'localhost', want: true },
  { host: 'localhost:8443', want: true },
  { host: 'LOCALHOST:1', want: true },
  { host: 'localhost.', want: true },
  { host: 'app.localhost:3000', want: true },
  { host: 'a.b.localhost', want: true },
  { host: '127.0.0.1', want: true },
  { host: '127.255.255.254:80', want: true },
  { host: '[::1]', want: true },
  { host: '[::1]:8443', want: true },
  { host: 'app.test', want: true },
  { host: 'App.Test:9', want: true },
  { host: 'app.test.', want: true },
  { host: 'two.test:8080', want: true },
  { host: '[2001:db8::1]:8080', want: true },
  { host: undefined, want: false },
  { host: '', want: false },
  { host: ':8080', want: false },
  { host: 'evil.example', want: false },
  { host: 'evil.example:8443', want: false },
  { host: 'localhost.evil.example', want: false },
  { host: 'evillocalhost', want: false },
  { host: '.localhost.evil', want: false },
  { host: '127.0.0.1.evil.example', want: false },
  { host: '127.0.0.1.', want: true },
  { host: '128.0.0.1', want: false },
  { host: '192.168.1.5:8443', want: false },
  { host: '0.0.0.0', want: false },
  { host: '127.evil.example', want: false },
  { host: '127.1', want: false },
  { host: '[::2]', want: false },
  { host: '[::1', want: false },
  { host: '[::1]x', want: false },
  { host: '[localhost]', want: false },
  { host: '::1', want: false },
  { host: 'two.test', want: false },
  { host: 'two.test:80', want: false },
  { host: 'sub.app.test', want: false },
  { host: 'app.test.evil.example', want: false },
  { host: 'evil-app.test', want: false },
  { host: 'app.test@evil.example', want: false },
  { host: 'evil.example/localhost', want: false },
  { host: 'evil.example/.localhost', want: false },
  { host: 'evil.example#.localhost', want: false },
  { host: 'localhost:80:80', want: false },
  { host: 'localhost:port', want: false },
  { host: 'localhost, evil.example', want: false },
  { host: 'constructor', want: false },
];

for (const { host, want } of cases) {
  test(`on a loopback address Host ${host} is ${want ? 'taken' : 'refused'}`, () => {
    for (const address of loopback) assert.equal(isAllowedHost(host, address, listed), want);
  });
}

test('every Host is taken on other addresses, and where any is allowed', () => {
  for (const address of ['192.168.1.5', '2001:db8::1', '::ffff:10.0.0.1', undefined]) {
    assert.equal(isAllowedHost('evil.example', address, []), true);
  }
  assert.equal(isAllowedHost('evil.example', '127.0.0.1', 'any'), true);
  assert.equal(isAllowedHost(undefined, '127.0.0.1', 'any'), true);
});

test('allowedHosts takes hosts with and without port, and nothing else', () => {
  for (const value of ['any', [], listed]) checkAllowedHosts(value);
  for (const entry of ['http://app.test', '', '*', 'a b', 'a.test:x', '::1', 5, null]) {
    assert.throws(
      () => checkAllowedHosts([entry]),
      (error) => error instanceof TypeError && error.message.endsWith(JSON.stringify(entry)),
    );
  }
  for (const value of ['app.test', 'same', true, {}]) {
    assert.throws(() => checkAllowedHosts(value), TypeError);
  }
});
