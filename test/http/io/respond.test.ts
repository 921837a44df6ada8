import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redirect, respondHtml, respondJson, respondText } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { ask, startHttpsServer } from '../../../testing/http-peers.ts';

const cases: readonly { name: string; handler: Handler; type: string; body: string }[] = [
  {
    name: 'HTML',
    handler: (exchange) => respondHtml(exchange, '<p>é😀</p>'),
    type: 'text/html; charset=utf-8',
    body: '<p>é😀</p>',
  },
  {
    name: 'JSON',
    handler: (exchange) => respondJson(exchange, { a: [1, 'é', null] }),
    type: 'application/json',
    body: '{"a":[1,"é",null]}',
  },
  {
    name: 'text',
    handler: (exchange) => respondText(exchange, ''),
    type: 'text/plain; charset=utf-8',
    body: '',
  },
];
for (const { name, handler, type, body } of cases) {
  test(`§8.6 ${name}: type, length in bytes, no-store; HEAD the same without the body`, async (t) => {
    const { port } = await startHttpsServer(t, handler);
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask(port, '/', { method });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], type);
      assert.equal(answer.headers['content-length'], String(Buffer.byteLength(body)));
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.equal(answer.headers['transfer-encoding'], undefined);
      assert.equal(answer.body, method === 'HEAD' ? '' : body);
    }
  });
}

test('status and headers are the handler’s choice, Cache-Control too', async (t) => {
  const { port } = await startHttpsServer(t, (exchange) => {
    exchange.response.setHeader('Cache-Control', 'max-age=5');
    respondText(exchange, 'x', { status: 201, headers: { Location: '/x' } });
  });
  const answer = await ask(port, '/', { method: 'POST' });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.location, '/x');
  assert.equal(answer.headers['cache-control'], 'max-age=5');
});

test('what JSON cannot say is a mistake of the handler', async (t) => {
  const { port, errors } = await startHttpsServer(t, (exchange) =>
    respondJson(exchange, undefined),
  );
  assert.equal((await ask(port, '/')).status, 500);
  assert.match(String(errors[0]), /^TypeError: value must be of JSON, got undefined/);
});

test('§15.4 redirects: 303 unless said otherwise; a location cannot add headers', async (t) => {
  const { port, errors } = await startHttpsServer(t, (exchange) => {
    const status = Number(exchange.query.get('status') ?? 303);
    redirect(exchange, exchange.query.get('to') ?? '', status as 303);
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const answer = await ask(port, `/?to=/next&status=${status}`, { method: 'POST' });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.location, '/next');
    assert.equal(answer.headers['content-length'], '0');
  }
  assert.equal((await ask(port, '/?to=/next')).status, 303);
  const evil = await ask(port, '/?to=/x%0d%0aX-Evil:%201');
  assert.equal(evil.status, 500);
  assert.equal(evil.headers['x-evil'], undefined);
  assert.equal(errors.length, 1);
});
