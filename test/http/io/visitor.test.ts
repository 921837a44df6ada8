import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { respondText, visitorSessionId } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { ask, startHttpsServer } from '../../../testing/http-peers.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { testWith } from '../../../testing/tools.ts';

const tellId: Handler = (exchange) => respondText(exchange, visitorSessionId(exchange));

test('§4.1.3.2 a new visitor gets an id, a known one keeps it', async (t) => {
  const { port } = await startHttpsServer(t, tellId);
  const first = await ask(port, '/');
  assert.match(first.body, /^[A-Za-z0-9_-]{24}$/);
  assert.deepEqual(first.headers['set-cookie'], [
    `__Host-session=${first.body}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  ]);
  const again = await ask(port, '/', { headers: { Cookie: `__Host-session=${first.body}` } });
  assert.equal(again.body, first.body);
  assert.equal(again.headers['set-cookie'], undefined);
  assert.notEqual((await ask(port, '/')).body, first.body);
});

test('what is no id of ours is replaced, and nothing of it comes back', async (t) => {
  const { port } = await startHttpsServer(t, tellId);
  for (const value of ['', 'x', '../../etc/passwd', `${'A'.repeat(24)}A`, '<script>']) {
    const answer = await ask(port, '/', { headers: { Cookie: `__Host-session=${value}` } });
    assert.match(answer.body, /^[A-Za-z0-9_-]{24}$/);
    assert.equal(answer.headers['set-cookie']?.length, 1);
  }
});

testWith(['curl'], '§5.7 curl takes the cookie into its jar and sends it back', async (t) => {
  const { port } = await startHttpsServer(t, tellId);
  const { authorityCertificatePath } = await testCredentials();
  const jar = join(temporaryFolder(t), 'jar');
  const ask = async () => {
    const { stdout } = await promisify(execFile)('curl', [
      ...['--silent', '--show-error', '--fail', '--max-time', '20'],
      ...['--cacert', authorityCertificatePath, '--cookie', jar, '--cookie-jar', jar],
      `https://127.0.0.1:${port}/deep/path`,
    ]);
    return stdout;
  };
  const id = await ask();
  assert.equal(await ask(), id);
  // Netscape's format: host, for subdomains, path, secure, expiry, name, value.
  const line = `#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t0\t__Host-session\t${id}`;
  assert.ok(readFileSync(jar, 'utf8').split('\n').includes(line));
});
