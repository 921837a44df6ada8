import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { httpsLocation, readBody, respondJson } from '../../../src/http/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { ask, startHttpsServer, startRedirectServer } from '../../../testing/http-peers.ts';
import { testWith } from '../../../testing/tools.ts';

const address = { names: ['localhost', '127.0.0.1'] as [string, ...string[]], port: 8443 };
const location = (request: { host: string | undefined; target: string }) =>
  httpsLocation(request, address);

test('§15.4.9 every method and path is sent on, the query kept', async (t) => {
  const { port, line } = await startRedirectServer(t, { location });
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
    const answer = await ask(port, '/a/b?c=d%20e', { plain: true, method });
    assert.equal(answer.status, 308);
    assert.equal(answer.headers.location, 'https://127.0.0.1:8443/a/b?c=d%20e');
    assert.equal(answer.headers['content-length'], '0');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    // MUST NOT (RFC 6797 §7.2): no HSTS over plain http.
    assert.equal(answer.headers['strict-transport-security'], undefined);
  }
  assert.match(await line(0), / 127\.0\.0\.1 GET \/a\/b 308 \d+ \d+ms$/);
});

test('a hostile Host does not choose where to', async (t) => {
  const { port } = await startRedirectServer(t, { location });
  for (const host of ['evil.example', 'localhost.evil.example', 'a:b:c']) {
    const answer = await ask(port, '/', { plain: true, headers: { Host: host } });
    assert.equal(answer.headers.location, 'https://localhost:8443/', host);
  }
  const headers = { Host: 'localhost@evil.example' };
  assert.equal((await ask(port, '/', { plain: true, headers })).status, 400);
});

test('the limits hold here, too', async (t) => {
  const { port } = await startRedirectServer(t, { location, maxHeaderBytes: 200 });
  const headers = { X: 'a'.repeat(300) };
  assert.equal((await ask(port, '/', { plain: true, headers })).status, 431);
});

testWith(['curl'], '§15.4.9 curl follows with body and query', async (t) => {
  const secure = await startHttpsServer(t, async (exchange) => {
    const body = await readBody(exchange);
    const { method, path, query } = exchange;
    respondJson(exchange, { method, path, query: query.toString(), body: body.toString() });
  });
  const plain = await startRedirectServer(t, {
    location: (request) => httpsLocation(request, { ...address, port: secure.port }),
  });
  const { authorityCertificatePath } = await testCredentials();
  const { stdout } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--fail', '--location', '--max-time', '20'],
    ...['--cacert', authorityCertificatePath, '--data', 'the=body'],
    `http://127.0.0.1:${plain.port}/form?q=1`,
  ]);
  assert.deepEqual(JSON.parse(stdout), {
    method: 'POST',
    path: '/form',
    query: 'q=1',
    body: 'the=body',
  });
});
