import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as tls from 'node:tls';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createHttpsServer, dispatch, respondHtml, Router } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { ask, startHttpsServer } from '../../../testing/http-peers.ts';
import { testWith } from '../../../testing/tools.ts';

const hello: Handler = (exchange) => respondHtml(exchange, '<p>hello</p>');

test('security headers are on every answer, errors too; HSTS only when asked for', async (t) => {
  const { port } = await startHttpsServer(t, dispatch(new Router<Handler>().add('GET', '/', hello)));
  for (const [path, status] of [
    ['/', 200],
    ['/nothing', 404],
  ] as const) {
    const answer = await ask(port, path);
    assert.equal(answer.status, status);
    const policy = String(answer.headers['content-security-policy']);
    assert.match(policy, /^default-src 'self';/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['strict-transport-security'], undefined);
  }
});

test('RFC 6797 HSTS when asked for, but never for localhost and addresses', async (t) => {
  const options = { strictTransportSecuritySeconds: 600 };
  const { port } = await startHttpsServer(t, hello, options);
  const hsts = async (host: string) =>
    (await ask(port, '/', { headers: { Host: host }, servername: 'localhost' })).headers[
      'strict-transport-security'
    ];
  assert.equal(await hsts('example.org'), 'max-age=600');
  assert.equal(await hsts(`localhost:${port}`), undefined);
  assert.equal(await hsts('127.0.0.1'), undefined);
});

test('a handler may set a header of its own instead', async (t) => {
  const { port } = await startHttpsServer(t, (exchange) => {
    exchange.response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    hello(exchange);
  });
  const { headers } = await ask(port, '/');
  assert.equal(headers['cross-origin-resource-policy'], 'cross-origin');
});

test('RFC 8996 TLS 1.2 and 1.3, nothing older', async (t) => {
  const { port } = await startHttpsServer(t, hello);
  const { authorityCertificate: ca } = await testCredentials();
  const connect = async (version: tls.SecureVersion) => {
    // At its default level OpenSSL would not even offer the old versions.
    const ciphers = 'DEFAULT@SECLEVEL=0';
    const limits = { minVersion: version, maxVersion: version, ciphers };
    const socket = tls.connect({ host: '127.0.0.1', port, ca, ...limits });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  };
  assert.equal(await connect('TLSv1.2'), 'TLSv1.2');
  assert.equal(await connect('TLSv1.3'), 'TLSv1.3');
  await assert.rejects(connect('TLSv1.1'), /version|protocol|ECONNRESET/i);
  await assert.rejects(connect('TLSv1'), /version|protocol|ECONNRESET/i);
});

test('a key that is none is refused at once', () => {
  assert.throws(() => createHttpsServer({ key: 'no key', cert: 'none', handler: hello }));
});

testWith(['curl'], 'curl trusts the certificate and gets the page', async (t) => {
  const { port } = await startHttpsServer(t, hello);
  const { authorityCertificatePath } = await testCredentials();
  const curl = promisify(execFile);
  const args = ['--silent', '--show-error', '--fail', '--max-time', '20'];
  const trust = ['--cacert', authorityCertificatePath];
  const url = `https://127.0.0.1:${port}/`;
  const { stdout } = await curl('curl', [...args, ...trust, url]);
  assert.equal(stdout, '<p>hello</p>');
  const head = await curl('curl', [...args, ...trust, '--head', url]);
  assert.match(head.stdout, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(head.stdout, /\r\nContent-Length: 12\r\n/);
  await assert.rejects(curl('curl', [...args, url]), { code: 60 });
});
