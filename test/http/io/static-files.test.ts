import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { dispatch, Router, serveFile, staticFiles } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { ask, openTls, startHttpsServer } from '../../../testing/http-peers.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { testWith } from '../../../testing/tools.ts';

const large = Buffer.alloc(3_000_000, 'barewire ');

/** A folder to serve, beside a file that nobody may see, and a server at /files/. */
async function startFiles(t: TestContext) {
  const parent = temporaryFolder(t);
  const root = join(parent, 'www');
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  mkdirSync(join(parent, 'www-secret'));
  writeFileSync(join(parent, 'www-secret', 'secret.txt'), 'secret');
  writeFileSync(join(root, 'a.html'), '<p>a</p>');
  writeFileSync(join(root, 'café.txt'), 'café');
  writeFileSync(join(root, 'empty.css'), '');
  writeFileSync(join(root, 'large.bin'), large);
  writeFileSync(join(root, 'docs', 'index.html'), '<p>docs</p>');
  writeFileSync(join(root, '.hidden'), 'secret');
  symlinkSync(join(parent, 'secret.txt'), join(root, 'link.txt'));
  symlinkSync('../www-secret', join(root, 'linked'));
  symlinkSync('a.html', join(root, 'inside.html'));
  symlinkSync('loop', join(root, 'loop'));
  const routes = new Router<Handler>()
    .add('GET', '/files/*', staticFiles(root))
    .add('POST', '/files/*', staticFiles(root))
    .add('GET', '/page', (exchange) => serveFile(exchange, root, 'a.html'));
  return { root, ...(await startHttpsServer(t, dispatch(routes))) };
}

test('files: type, length, body; HEAD the same without the body', async (t) => {
  const { port } = await startFiles(t);
  const files: readonly [string, string, Buffer][] = [
    ['/files/a.html', 'text/html; charset=utf-8', Buffer.from('<p>a</p>')],
    ['/files/caf%C3%A9.txt', 'text/plain; charset=utf-8', Buffer.from('café')],
    ['/files/empty.css', 'text/css; charset=utf-8', Buffer.alloc(0)],
    ['/files/large.bin', 'application/octet-stream', large],
    ['/files/docs/', 'text/html; charset=utf-8', Buffer.from('<p>docs</p>')],
    ['/files/inside.html', 'text/html; charset=utf-8', Buffer.from('<p>a</p>')],
    ['/page', 'text/html; charset=utf-8', Buffer.from('<p>a</p>')],
  ];
  for (const [path, type, body] of files) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await ask(port, path, { method });
      assert.equal(answer.status, 200, path);
      assert.equal(answer.headers['content-type'], type);
      assert.equal(answer.headers['content-length'], String(body.length));
      assert.equal(answer.headers['cache-control'], 'no-cache');
      assert.ok(answer.body === (method === 'HEAD' ? '' : body.toString()), path);
    }
  }
});

test('§13.1.2 an unchanged file is 304 without a body, a changed one 200', async (t) => {
  const { port, root } = await startFiles(t);
  const first = await ask(port, '/files/a.html');
  const etag = first.headers.etag!;
  assert.match(etag, /^W\/"[0-9a-f]+-[0-9a-f]+"$/);
  assert.match(first.headers['last-modified']!, / GMT$/);
  const again = (tag: string, method = 'GET') =>
    ask(port, '/files/a.html', { method, headers: { 'If-None-Match': tag } });
  for (const tag of [etag, `"x", ${etag}`, '*', etag.replace('W/', '')]) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await again(tag, method);
      assert.deepEqual([answer.status, answer.body], [304, ''], tag);
      assert.equal(answer.headers.etag, etag);
      assert.equal(answer.headers['content-type'], undefined);
    }
  }
  assert.equal((await again('"x"')).status, 200);
  utimesSync(join(root, 'a.html'), 1, 1);
  assert.equal((await again(etag)).status, 200);
});

const outside = [
  '/files/../secret.txt',
  '/files/%2e%2e/secret.txt',
  '/files/%2e%2e%2fsecret.txt',
  '/files/..%2fsecret.txt',
  '/files/..%5csecret.txt',
  '/files/..\\secret.txt',
  '/files/%252e%252e%252fsecret.txt',
  '/files/docs/../../secret.txt',
  '/files//etc/passwd',
  '/files/%2fetc/passwd',
  '/files/a.html%00.txt',
  '/files/.hidden',
  '/files/%2ehidden',
  '/files/link.txt',
  '/files/linked/secret.txt',
  '/files/loop',
  '/files/docs',
  '/files/',
  '/files/a.html/',
  '/files/a.html/x',
  '/files/nothing',
  `/files/${'a'.repeat(300)}`,
  '/files/%zz',
  '/files/%ff',
];
test('nothing from outside of the folder, no dot-files, no folders, nothing that is not there', async (t) => {
  const { port, errors } = await startFiles(t);
  for (const path of outside) {
    const answer = await ask(port, path);
    assert.equal(answer.status, 404, path);
    assert.doesNotMatch(answer.body, /secret|root/);
  }
  assert.deepEqual(errors, []);
});

test('§15.5.6 files are read only', async (t) => {
  const { port } = await startFiles(t);
  const answer = await ask(port, '/files/a.html', { method: 'POST', body: 'x' });
  assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD']);
});

test(
  'a FIFO is no file, and nobody waits for its writer',
  { skip: process.platform === 'win32' ? 'needs mkfifo' : false },
  async (t) => {
    const { port, root } = await startFiles(t);
    execFileSync('mkfifo', [join(root, 'fifo')]);
    assert.equal((await ask(port, '/files/fifo')).status, 404);
  },
);

test('a client that leaves within a file harms nothing', async (t) => {
  const { port, errors, line } = await startFiles(t);
  const socket = await openTls(t, port, 'GET /files/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  assert.match(await line(0), / GET \/files\/large\.bin 200 \d+ \d+ms aborted$/);
  assert.equal((await ask(port, '/files/a.html')).status, 200);
  assert.deepEqual(errors, []);
});

test('a folder that is not there is a mistake of the caller', () => {
  assert.throws(() => staticFiles('/nonexistent/folder'), { code: 'ENOENT' });
});

testWith(['curl'], 'curl keeps a file by its ETag, and does not climb', async (t) => {
  const { port, root } = await startFiles(t);
  const { authorityCertificatePath } = await testCredentials();
  const curl = async (...args: string[]) => {
    const fixed = ['--silent', '--show-error', '--max-time', '20'];
    const trust = ['--cacert', authorityCertificatePath, '--write-out', '%{http_code}'];
    return (await promisify(execFile)('curl', [...fixed, ...trust, ...args])).stdout;
  };
  const url = `https://127.0.0.1:${port}/files`;
  const kept = join(root, '..', 'etag');
  assert.equal(await curl('--etag-save', kept, `${url}/a.html`), '<p>a</p>200');
  assert.equal(await curl('--etag-compare', kept, `${url}/a.html`), '304');
  assert.match(await curl('--path-as-is', `${url}/../secret.txt`), /404$/);
});
