import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatch, respondText, Router } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { ask, startHttpsServer } from '../../../testing/http-peers.ts';

test('routes are answered by their handlers, all else by 404 and 405', async (t) => {
  const router = new Router<Handler>()
    .add('GET', '/hello/:name', (exchange) =>
      respondText(exchange, `hello ${exchange.params.get('name')}`),
    )
    .add('POST', '/late', async (exchange) => {
      await Promise.resolve();
      respondText(exchange, 'late');
    });
  const { port } = await startHttpsServer(t, dispatch(router));

  const hello = await ask(port, '/hello/%3Cyou%3E?x');
  assert.deepEqual([hello.status, hello.body], [200, 'hello <you>']);
  const head = await ask(port, '/hello/you', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '9']);
  assert.equal((await ask(port, '/late', { method: 'POST' })).body, 'late');
  for (const path of ['/nothing', '/hello/', '/hello/%zz']) {
    assert.equal((await ask(port, path)).status, 404, path);
  }
  const wrong = await ask(port, '/hello/you', { method: 'DELETE' });
  assert.deepEqual([wrong.status, wrong.headers.allow], [405, 'GET, HEAD']);
});
