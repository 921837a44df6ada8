import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createRoutes } from '../../src/lab/routes.ts';
import { startTestLab } from '../../testing/lab.ts';
import { startProgram } from '../../testing/program.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { testWith } from '../../testing/tools.ts';

/** Starts a server; answers with a way to ask it by curl, which keeps cookies between calls. */
async function startForCurl(t: TestContext) {
  const lab = await startTestLab(t);
  const jar = `${temporaryFolder(t)}/jar`;
  const common = ['-sS', '-i', '--cacert', lab.credentials.authorityCertificatePath];
  const curl = async (...args: string[]) => {
    const program = startProgram(t, 'curl', [...common, '-b', jar, '-c', jar, ...args]);
    assert.equal(await program.ended, 0, program.errorLines.join('\n'));
    return program.lines.join('\n');
  };
  return { lab, curl };
}

test('the routes are one handler', () => assert.equal(typeof createRoutes(), 'function'));

testWith(['curl'], 'the index leads to everything, and gives a session id once', async (t) => {
  const { lab, curl } = await startForCurl(t);
  const first = await curl(lab.url);
  assert.match(first, /^HTTP\/1\.1 200 OK/);
  for (const link of ['/chat', '/cookies/visits', '/ping-gnip', '/countdown']) {
    assert.ok(first.includes(link), link);
  }
  const session =
    /^set-cookie: __Host-session=[\w-]{24}; Path=\/; Secure; HttpOnly; SameSite=Lax$/im;
  assert.match(first, session);
  assert.doesNotMatch(await curl(lab.url), /^set-cookie:/im);
});

testWith(['curl'], 'the visit counter counts in the browser’s cookie', async (t) => {
  const { lab, curl } = await startForCurl(t);
  const url = `${lab.url}cookies/visits`;
  const first = await curl(url);
  assert.match(first, /Welcome for your first time here !/);
  assert.match(first, /^set-cookie: visit=0; .*Path=\/cookies/im);
  const second = await curl(url);
  assert.match(second, /You have seen this page 1 times !/);
  assert.match(second, /^set-cookie: visit=1;/im);
  assert.match(await curl(url), /You have seen this page 2 times !/);
  assert.match(await curl('-b', 'visit=x', url), /Welcome|seen this page 3/);
});

testWith(['curl'], 'pages carry the security headers, and never HSTS for localhost', async (t) => {
  const { lab, curl } = await startForCurl(t);
  for (const path of ['', 'chat', 'cookies/visits', 'pages/lab.css', 'nothing']) {
    const answer = await curl(`${lab.url}${path}`);
    assert.match(answer, /^content-security-policy: default-src 'self'/im, path);
    assert.doesNotMatch(answer, /unsafe-inline|strict-transport-security/i, path);
  }
});

testWith(['curl'], 'pages hold no inline script and no inline style', async (t) => {
  const { lab, curl } = await startForCurl(t);
  for (const path of ['', 'chat', 'cookies/visits']) {
    const answer = await curl(`${lab.url}${path}`);
    assert.doesNotMatch(answer, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i, path);
  }
});

testWith(['curl'], 'nothing outside of the pages is served', async (t) => {
  const { lab, curl } = await startForCurl(t);
  for (const path of [
    'pages/../server.ts',
    'pages/%2e%2e/server.ts',
    'pages/..%2fserver.ts',
    'pages/..%5cserver.ts',
    'pages/%252e%252e/server.ts',
    'pages//etc/passwd',
  ]) {
    assert.match(await curl('--path-as-is', `${lab.url}${path}`), /^HTTP\/1\.1 40[04] /, path);
  }
  assert.match(await curl('-X', 'DELETE', lab.url), /^HTTP\/1\.1 405 [^]*^allow: GET, HEAD/im);
  assert.match(await curl('--head', `${lab.url}favicon.ico`), /^HTTP\/1\.1 204 /);
});

testWith(['curl'], 'the plain listener answers 308 to the same address on https', async (t) => {
  const { lab, curl } = await startForCurl(t);
  const answer = await curl(`${lab.httpUrl}chat?room=a`);
  assert.match(answer, /^HTTP\/1\.1 308 /);
  assert.ok(answer.includes(`Location: ${lab.url}chat?room=a`));
  const foreign = await curl('-H', 'Host: evil.example', `${lab.httpUrl}`);
  assert.ok(foreign.includes(`Location: ${lab.url}`));
  assert.match(await curl('-L', `${lab.httpUrl}cookies/visits`), /Welcome for your first time/);
});
