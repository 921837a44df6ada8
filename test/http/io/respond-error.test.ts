import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { ask, startHttpsServer } from '../../../testing/http-peers.ts';

const secret = new Error('the password is swordfish');
const failing: readonly { name: string; handler: Handler }[] = [
  {
    name: 'throws',
    handler: () => {
      throw secret;
    },
  },
  {
    name: 'rejects later',
    handler: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      throw secret;
    },
  },
  {
    name: 'throws behind some headers',
    handler: ({ response }) => {
      response.setHeader('Content-Type', 'image/png').setHeader('Content-Length', 5);
      response.setHeader('Set-Cookie', 'a=b').setHeader('X-Frame-Options', 'ALLOWALL');
      throw secret;
    },
  },
];
for (const { name, handler } of failing) {
  test(`§15.6.1 a handler that ${name} is a neutral 500, and told to onError`, async (t) => {
    const { port, errors } = await startHttpsServer(t, handler);
    const answer = await ask(port, '/');
    assert.equal(answer.status, 500);
    assert.equal(answer.body, 'something went wrong on the server\n');
    assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.equal(answer.headers['x-frame-options'], undefined);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.deepEqual(errors, [secret]);
  });
}

test('§15.5 an HttpError is its own answer, and no news for onError', async (t) => {
  const { port, errors } = await startHttpsServer(t, () => {
    throw new HttpError(405, 'not so', { headers: { Allow: 'PUT' }, cause: secret });
  });
  const answer = await ask(port, '/');
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'PUT');
  assert.equal(answer.body, 'not so\n');
  assert.deepEqual(errors, []);
  assert.equal((await ask(port, '/', { method: 'HEAD' })).body, '');
});

test('a handler that throws what is no error is a 500, too', async (t) => {
  const { port, errors } = await startHttpsServer(t, () => {
    throw undefined;
  });
  assert.equal((await ask(port, '/')).status, 500);
  assert.deepEqual(errors, [undefined]);
});

test('half a response is cut off: nobody takes it for a whole one', async (t) => {
  const { port, errors, line } = await startHttpsServer(t, ({ response }) => {
    response.write('half');
    throw secret;
  });
  await assert.rejects(ask(port, '/'), { code: 'ECONNRESET' });
  assert.deepEqual(errors, [secret]);
  assert.match(await line(0), / GET \/ 200 \d+ \d+ms aborted$/);
});

test('a whole response stays whole when its handler throws afterwards', async (t) => {
  const { port, errors } = await startHttpsServer(t, ({ response }) => {
    response.end('whole');
    throw secret;
  });
  assert.equal((await ask(port, '/')).body, 'whole');
  assert.deepEqual(errors, [secret]);
});

test('headers that cannot be sent, and an onError that throws, cost one connection', async (t) => {
  const handler: Handler = ({ path }) => {
    if (path === '/error') throw secret;
    throw new HttpError(400, 'x', { headers: { 'X-Bad': 'a\r\nb' } });
  };
  const onError = () => {
    throw new Error('even this');
  };
  const { port } = await startHttpsServer(t, handler, { onError });
  await assert.rejects(ask(port, '/'), { code: 'ECONNRESET' });
  await assert.rejects(ask(port, '/error'), { code: 'ECONNRESET' });
});
