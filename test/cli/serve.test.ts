/** `barewire` as its user starts it: in a process of its own, in a folder of its own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import * as https from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../src/lab/package-root.ts';
import { serve } from '../../src/cli/serve.ts';
import { startProgram } from '../../testing/program.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { closeOf, startClient } from '../../testing/websocket-peers.ts';

const launcher = join(packageRoot, 'bin', 'barewire.js');

function barewire(t: TestContext, args: readonly string[], cwd = temporaryFolder(t)) {
  return { ...startProgram(t, process.execPath, [launcher, ...args], { cwd }), cwd };
}

/** A started server, its address, and its authority's certificate. */
async function serving(t: TestContext, ...args: string[]) {
  const program = barewire(t, ['serve', '--port', '0', '--http-port', '0', ...args]);
  const url = (await program.line(/^listening https:/)).slice('listening '.length);
  await program.line(/^listening http:/);
  const ca = readFileSync(join(program.cwd, '.barewire', 'ca.pem'), 'utf8');
  return { ...program, url, ca };
}

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    https
      .get(url, { ca, agent: false }, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
  });
}

test('serve says where it is and how to trust it, logs requests, and ends on SIGTERM', async (t) => {
  const { lines, line, child, ended, url, ca, cwd } = await serving(t);
  const introduction = lines.join('\n');
  assert.match(introduction, /^made \.barewire\/ca-key\.pem, /);
  assert.match(introduction, /SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  assert.match(introduction, /curl --cacert \.barewire\/ca\.pem https:\/\/localhost:\d+\//);
  assert.match(introduction, /NODE_EXTRA_CA_CERTS=\.barewire\/ca\.pem/);
  assert.match(introduction, /certutil .* -i \.barewire\/ca\.pem/);
  assert.match(introduction, /Stop with Ctrl\+C/);
  assert.equal(statSync(join(cwd, '.barewire')).mode & 0o777, 0o700);
  assert.equal(statSync(join(cwd, '.barewire', 'ca-key.pem')).mode & 0o777, 0o600);
  assert.match(await get(url, ca), /<title>barewire<\/title>/);
  await line(/ GET \/ 200 /);
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
});

test('a second start keeps what the first one made', async (t) => {
  const first = await serving(t);
  first.child.kill('SIGINT');
  assert.equal(await first.ended, 0);
  const second = barewire(t, ['serve', '--port', '0', '--http-port', 'off'], first.cwd);
  await second.line(/^listening https:/);
  assert.ok(!second.lines.some((text) => text.startsWith('made ')));
  assert.ok(!second.lines.some((text) => text.startsWith('listening http:')));
  assert.equal(readFileSync(join(first.cwd, '.barewire', 'ca.pem'), 'utf8'), first.ca);
});

test('SIGINT closes WebSockets with 1001 and exits with 0', async (t) => {
  const { child, ended, url, ca } = await serving(t);
  const client = startClient(t, `${url.replace('https', 'wss')}chat`, [], { ca });
  await once(client, 'open');
  const closed = closeOf(client);
  child.kill('SIGINT');
  assert.equal((await closed).code, 1001);
  assert.equal(await ended, 0);
});

test('a second SIGINT exits at once with 130', async (t) => {
  const { child, ended, url, ca } = await serving(t);
  const client = startClient(t, `${url.replace('https', 'wss')}chat`, [], { ca });
  await once(client, 'open');
  // A client that reads nothing keeps the first SIGINT waiting for its two seconds.
  client.pause();
  child.kill('SIGINT');
  const refused = async (): Promise<boolean> =>
    await get(url, ca).then(
      () => false,
      () => true,
    );
  while (!(await refused()));
  child.kill('SIGINT');
  assert.equal(await ended, 130);
});

test('--help and --version', async (t) => {
  for (const args of [['--help'], ['-h'], ['serve', '--help']]) {
    const { ended, lines } = barewire(t, args);
    assert.equal(await ended, 0);
    assert.match(lines[0] ?? '', /^barewire/);
  }
  const { ended, lines } = barewire(t, ['--version']);
  assert.equal(await ended, 0);
  const manifest = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.deepEqual(lines, [manifest.version]);
});

test('what cannot work is told in one line, with exit code 2', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const open = temporaryFolder(t);
  chmodSync(open, 0o755);
  const cases = [
    { args: [], says: /^barewire: a command is missing; try barewire --help$/ },
    { args: ['sevre'], says: /^barewire: there is no command "sevre"; try barewire --help$/ },
    {
      args: ['serve', '--colour'],
      says: /^barewire: Unknown option '--colour'; try barewire serve/,
    },
    { args: ['serve', '--port', 'x'], says: /^barewire: --port must be a number .* got "x"$/ },
    {
      args: ['serve', '--port', String(port), '--http-port', 'off'],
      says: /^barewire: cannot listen on 127\.0\.0\.1 port \d+: another program.*with --port$/,
    },
    {
      args: ['serve', '--port', '0', '--http-port', String(port)],
      says: /another program has this port; choose another with --http-port, or none with/,
    },
    {
      args: ['serve', '--dir', open],
      says: /^barewire: .*: expected a folder that only its owner/,
    },
    { args: ['serve', '--host', 'example.com'], says: /^barewire: server name "example\.com": / },
    { args: ['serve', '--host', '192.0.2.1'], says: /^barewire: server name "192\.0\.2\.1": / },
    {
      args: ['serve', '--host', '10.255.255.254', '--port', '0'],
      says: /^barewire: cannot listen on 10\.255\.255\.254 port 0: EADDRNOTAVAIL$/,
    },
  ];
  for (const { args, says } of cases) {
    const { ended, errorLines } = barewire(t, args);
    assert.equal(await ended, 2, args.join(' '));
    assert.equal(errorLines.length, 1, errorLines.join('\n'));
    assert.match(errorLines[0]!, says);
  }
});

test('the help of serve needs no server', async (t) => {
  const folder = temporaryFolder(t);
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  await serve(['--help', '--dir', join(folder, 'x')]);
  t.mock.restoreAll();
  assert.match(written.join(''), /^barewire serve/);
  assert.equal(existsSync(join(folder, 'x')), false);
});
