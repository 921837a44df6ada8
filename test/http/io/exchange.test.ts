import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respondJson } from '../../../src/http/index.ts';
import type { Exchange } from '../../../src/http/index.ts';
import { ask, startHttpsServer } from '../../../testing/http-peers.ts';

const show = (exchange: Exchange) =>
  respondJson(exchange, {
    method: exchange.method,
    path: exchange.path,
    query: [...exchange.query],
    cookies: [...exchange.cookies],
    params: [...exchange.params],
  });

test('a handler sees method, path, query and cookies', async (t) => {
  const { port } = await startHttpsServer(t, show);
  const answer = await ask(port, '/a%20b/../c?x=1&x=%C3%A9&__proto__=2', {
    method: 'PUT',
    headers: { Cookie: ['a=1; b=2', 'a=3', '__proto__=x'] },
  });
  assert.deepEqual(JSON.parse(answer.body), {
    method: 'PUT',
    path: '/a%20b/../c',
    query: [
      ['x', '1'],
      ['x', 'é'],
      ['__proto__', '2'],
    ],
    cookies: [
      ['a', '1'],
      ['b', '2'],
      ['__proto__', 'x'],
    ],
    params: [],
  });
});

test('RFC 9112 §3.2.2 absolute-form is taken; what names no path is 400', async (t) => {
  const { port } = await startHttpsServer(t, show);
  const answer = await ask(port, 'http://elsewhere.example/where?q=now');
  assert.equal((JSON.parse(answer.body) as { path: string }).path, '/where');
  assert.equal((await ask(port, '*', { method: 'OPTIONS' })).status, 400);
});

test('cookies are added one by one; one of the same name is replaced', async (t) => {
  const { port } = await startHttpsServer(t, (exchange) => {
    exchange.setCookie({ name: 'a', value: '1' });
    exchange.setCookie({ name: 'b', value: '2', path: '/', httpOnly: true });
    exchange.setCookie({ name: 'a', value: '3' });
    show(exchange);
  });
  const { headers } = await ask(port, '/');
  assert.deepEqual(headers['set-cookie'], ['a=3', 'b=2; Path=/; HttpOnly']);
});

test('a cookie that would corrupt the header is a mistake of the handler', async (t) => {
  const { port, errors } = await startHttpsServer(t, (exchange) => {
    exchange.setCookie({ name: 'a', value: exchange.query.get('v') ?? '' });
    show(exchange);
  });
  const answer = await ask(port, '/?v=x%0d%0aSet-Cookie:%20evil=1');
  assert.equal(answer.status, 500);
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.match(String(errors[0]), /^TypeError: value of a cookie/);
});
