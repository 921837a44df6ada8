/** `barewire inspect` as its user starts it, and the page that shows what it prints. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from '../../src/cli/inspect.ts';
import { packageRoot } from '../../src/lab/index.ts';
import { captureOf } from '../../testing/captured-connection.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const launcher = join(packageRoot, 'bin', 'barewire.js');

function run(args: readonly string[], input: string | Buffer = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: packageRoot,
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

const page = readFileSync(join(packageRoot, 'docs/websocket/frames.md'), 'utf8');
const shown = [...page.matchAll(/```\n\$ node bin\/barewire\.js (inspect .*)\n([\s\S]*?)```/g)];

test('the page of frames shows at least a text, fragments, a close and a broken frame', () => {
  assert.ok(shown.length >= 8, `${shown.length} commands`);
});

for (const [, command = '', output] of shown) {
  test(`frames.md: ${command}`, () => {
    const { status, stdout, stderr } = run(command.split(' '));
    assert.equal(stdout, output);
    assert.equal(stderr, '');
    assert.equal(status, stdout.includes('broken') || stdout.includes('incomplete') ? 1 : 0);
  });
}

test('raw bytes and captures on standard input', () => {
  const raw = run(['inspect', '-', '--role', 'server'], Buffer.from([0x81, 0]));
  assert.equal(raw.status, 0);
  assert.match(raw.stdout, /^byte 0: text frame from a server, 2 bytes\n/);
  const capture = run(['inspect', '-'], captureOf('> 81 80 00 00 00 00', '< 81 00'));
  assert.equal(capture.status, 0);
  assert.match(
    capture.stdout,
    /^> handshake: [\s\S]*\n< handshake: [\s\S]*\n> byte 0[\s\S]*\n< byte 0/,
  );
});

test('a file with the mistakes of both sides: exit code 1', (t) => {
  const file = join(temporaryFolder(t), 'capture.txt');
  writeFileSync(file, captureOf('> 81 00', '< 88 00 00 # behind', '# end'));
  const { status, stdout } = run(['inspect', file]);
  assert.equal(status, 1);
  assert.match(stdout, /\nbroken: ERR_WS_MASK_REQUIRED at byte 1 of the client\n/);
  assert.match(stdout, /\nbroken: ERR_WS_AFTER_CLOSE at byte 2 of the server\n$/);
});

test('--json: an object a line, the last one sums up', () => {
  const { status, stdout } = run(['inspect', '--json', '01', '00', '80', '01', '61', '81']);
  assert.equal(status, 1);
  const objects = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
  assert.deepEqual(
    objects.map(({ type }) => type),
    ['frame', 'frame', 'frame', 'end'],
  );
});

test('what cannot work is told in one line, with exit code 2', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'bad'), '> 81\nx\n');
  const cases = [
    { args: [], says: /^barewire: bytes or a file are missing; try barewire inspect --help\n$/ },
    { args: ['8'], says: /^barewire: a byte has two digits, got "8"\n$/ },
    {
      args: [join(folder, 'none')],
      says: /^barewire: cannot read .*none: there is no such file\n$/,
    },
    { args: [join(folder, 'bad')], says: /^barewire: .*bad line 2: expected a line to begin with/ },
    {
      args: ['--colour', '81'],
      says: /^barewire: Unknown option '--colour'; try barewire inspect/,
    },
  ];
  for (const { args, says } of cases) {
    const { status, stderr } = run(['inspect', ...args]);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, says);
    assert.equal(stderr.split('\n').length, 2);
  }
});

test('a reader that stops reading is no failure', async (t) => {
  const child = spawn(process.execPath, [launcher, 'inspect', '-'], { cwd: packageRoot });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  // It may end while we still write to it.
  child.stdin.on('error', () => {});
  child.stdin.end(Buffer.alloc(300_000, Buffer.from([0x82, 1, 0x61])));
  await once(child.stdout, 'readable');
  child.stdout.destroy();
  const [code, signal] = await ended;
  assert.deepEqual([code, signal, errors], [0, null, '']);
});

test('the help needs no bytes', async (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  await inspect(['--help']);
  t.mock.restoreAll();
  assert.match(written.join(''), /^barewire inspect/);
});
