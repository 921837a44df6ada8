import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router } from '../../src/http/router.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

// In the order that would go wrong if the order of adding counted.
const router = new Router<string>()
  .add('GET', '/files/*', 'file')
  .add('GET', '/:page', 'page')
  .add('GET', '/', 'index')
  .add('GET', '/chat', 'chat')
  .add('POST', '/chat', 'say')
  .add('GET', '/users/:id', 'user')
  .add('DELETE', '/users/:id', 'remove')
  .add('GET', '/users/:id/posts/:post', 'post')
  .add('GET', '/users/me', 'me')
  .add('PUT', '/only-put', 'put')
  .add('GET', '/both', 'both-get')
  .add('HEAD', '/both', 'both-head')
  .add('GET', '/café', 'coffee');

const found: readonly [string, string, string, Record<string, string>][] = [
  ['GET', '/', 'index', {}],
  ['GET', '/chat', 'chat', {}],
  ['HEAD', '/chat', 'chat', {}],
  ['POST', '/chat', 'say', {}],
  ['GET', '/about', 'page', { page: 'about' }],
  ['GET', '/users/me', 'me', {}],
  ['GET', '/users/7', 'user', { id: '7' }],
  ['DELETE', '/users/me', 'remove', { id: 'me' }],
  ['GET', '/users/a%20b/posts/%C3%A9', 'post', { id: 'a b', post: 'é' }],
  ['GET', '/users/a%2Fb', 'user', { id: 'a/b' }],
  ['GET', '/users/__proto__', 'user', { id: '__proto__' }],
  ['GET', '/files/', 'file', { '*': '' }],
  ['GET', '/files/a/b%20c/', 'file', { '*': 'a/b%20c/' }],
  ['HEAD', '/both', 'both-head', {}],
  ['GET', '/both', 'both-get', {}],
  ['GET', '/caf%C3%A9', 'coffee', {}],
  ['GET', '/only-put', 'page', { page: 'only-put' }],
];
for (const [method, path, handler, params] of found) {
  test(`finds ${method} ${path}`, () => {
    const match = router.match(method, path);
    assert.ok(match.kind === 'found', match.kind);
    assert.equal(match.handler, handler);
    assert.deepEqual([...match.params], Object.entries(params));
  });
}

const notFound = ['', '*', 'chat', '/users/', '/users/7/', '/a/b', '//', '/chat/', '/%'];
for (const path of [...notFound, '/%zz', '/%C3', '/%ff', '/users/7/posts/', '/users//posts/1']) {
  test(`finds nothing at ${JSON.stringify(path)}`, () => {
    assert.deepEqual(router.match('GET', path), { kind: 'not-found' });
  });
}

test('§15.5.6 another method: what is allowed here, HEAD with GET', () => {
  const allowed = (method: string, path: string) => {
    const match = router.match(method, path);
    return match.kind === 'method-not-allowed' ? match.allow : match.kind;
  };
  assert.deepEqual(allowed('PUT', '/chat'), ['GET', 'HEAD', 'POST']);
  assert.deepEqual(allowed('POST', '/users/me'), ['DELETE', 'GET', 'HEAD']);
  assert.deepEqual(allowed('get', '/chat'), ['GET', 'HEAD', 'POST']);
  assert.deepEqual(allowed('__proto__', '/files/x'), ['GET', 'HEAD']);
});

const wrong: readonly [string, string][] = [
  ['GET', 'chat'],
  ['GET', ''],
  ['GET', '/a/*/b'],
  ['GET', '/a*'],
  ['GET', '/:'],
  ['GET', '/:*'],
  ['GET', '/:a/:a'],
  ['G ET', '/x'],
  ['', '/x'],
  ['GET', '/chat'],
  ['GET', '/users/:other'],
];
for (const [method, pattern] of wrong) {
  test(`refuses to add "${method} ${pattern}"`, () => {
    assert.throws(() => router.add(method, pattern, 'x'), TypeError);
  });
}

test('an empty router finds nothing; garbage never throws', (t) => {
  assert.deepEqual(new Router<string>().match('GET', '/'), { kind: 'not-found' });
  const random = seededRandom(t);
  for (let round = 0; round < 5000; round++) {
    const path = `/${random.bytes(random.below(20)).toString('latin1')}`;
    assert.ok(['found', 'not-found'].includes(router.match('GET', path).kind));
  }
});
