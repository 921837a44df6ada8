/** `barewire connect` as its user starts it: a process of its own, against our own servers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from '../../src/cli/connect.ts';
import { packageRoot } from '../../src/lab/package-root.ts';
import { decodeFrame } from '../../src/websocket/index.ts';
import type { WebSocket, WebSocketServer } from '../../src/websocket/index.ts';
import { startTestLab } from '../../testing/lab.ts';
import { startProgram } from '../../testing/program.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { closeOf, startServer } from '../../testing/websocket-peers.ts';

const launcher = join(packageRoot, 'bin', 'barewire.js');

/** Runs the command; with `input`, that is what comes in through its pipe. */
function run(t: TestContext, args: readonly string[], input?: string) {
  const stdin = input === undefined ? 'ignore' : 'pipe';
  const program = startProgram(t, process.execPath, [launcher, 'connect', ...args], { stdin });
  if (input !== undefined) program.child.stdin!.end(input);
  return program;
}

/** `/ping-gnip` of the whole server, and a file with the authority that it is trusted by. */
async function startPingGnip(t: TestContext): Promise<{ url: string; ca: string }> {
  const lab = await startTestLab(t, { httpPort: undefined });
  const url = `${lab.url.replace('https:', 'wss:')}ping-gnip`;
  return { url, ca: lab.credentials.authorityCertificatePath };
}

async function connection(server: WebSocketServer): Promise<WebSocket> {
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  return socket;
}

test('in a pipe: lines in, messages out, closed at the end of the input', async (t) => {
  const { url, ca } = await startPingGnip(t);
  const { ended, lines, errorLines } = run(t, [url, '--ca', ca], 'Hello\n/ping\nlast');
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ['olleH', 'tsal']);
  assert.match(errorLines[0] ?? '', /^connected to localhost:\d+\/ping-gnip$/);
  assert.ok(errorLines.some((line) => /^pong "1" in \d+\.\d ms$/.test(line)));
  assert.equal(errorLines.at(-1), 'closed with 1000 (normal)');
});

test('a certificate of an unknown authority: phase tls, and what would help', async (t) => {
  const { url } = await startPingGnip(t);
  const { ended, errorLines, lines } = run(t, [url]);
  assert.equal(await ended, 1);
  assert.match(errorLines[0] ?? '', /^barewire: no handshake with .*\(phase tls\): /);
  assert.match(errorLines[1] ?? '', /^--ca FILE trusts /);
  assert.deepEqual(lines, []);
});

test('--insecure, --timestamps, --send and --exit-after', async (t) => {
  const { url } = await startPingGnip(t);
  const args = ['--insecure', '--timestamps', '--send', 'on', '--exit-after', '1'];
  const { ended, lines, errorLines } = run(t, [url, ...args]);
  assert.equal(await ended, 0);
  assert.match(lines.join('\n'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z no$/);
  for (const line of errorLines) assert.match(line, /^\d{4}-\d\d-\d\dT/);
});

test('a port where nothing listens: phase tcp; a path that is not there: phase http', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  const unreachable = run(t, [`ws://127.0.0.1:${port}`]);
  const { url, ca } = await startPingGnip(t);
  const missing = run(t, [`${url}-no`, '--ca', ca]);
  assert.equal(await unreachable.ended, 1);
  assert.match(unreachable.errorLines[0] ?? '', /\(phase tcp\): ECONNREFUSED; /);
  assert.equal(await missing.ended, 1);
  assert.match(missing.errorLines[0] ?? '', /\(phase http\): .* 404; /);
});

/** The lines of a capture, put together for each side. */
function readCapture(path: string): Record<'>' | '<', Buffer> {
  const sides = { '>': '', '<': '' };
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('>') || line.startsWith('<')) {
      sides[line[0] as '>' | '<'] += line.slice(1).replaceAll(' ', '');
    }
  }
  return { '>': Buffer.from(sides['>'], 'hex'), '<': Buffer.from(sides['<'], 'hex') };
}

/** The frames behind a head: opcode, whether masked, payload. */
function framesBehindHead(bytes: Buffer): string[] {
  const found: string[] = [];
  let at = bytes.indexOf('\r\n\r\n') + 4;
  while (at < bytes.length) {
    const { frame, bytesRead } = decodeFrame(bytes.subarray(at))!;
    const masked = frame.maskingKey === undefined ? 'plain' : 'masked';
    found.push(`${frame.opcode} ${masked} ${frame.payload.toString('latin1')}`);
    at += bytesRead;
  }
  return found;
}

test('--capture holds every byte of both sides, and --trace explains them', async (t) => {
  const { url, ca } = await startPingGnip(t);
  const path = join(temporaryFolder(t), 'capture');
  const args = [url, '--ca', ca, '--capture', path, '--trace'];
  const { ended, errorLines, lines } = run(t, args, 'Hello\n/ping are you there\n');
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ['olleH']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const sides = readCapture(path);
  assert.match(sides['>'].toString('latin1'), /^GET \/ping-gnip HTTP\/1\.1\r\n/);
  assert.match(sides['<'].toString('latin1'), /^HTTP\/1\.1 101 /);
  assert.deepEqual(framesBehindHead(sides['>']), [
    '1 masked Hello',
    '9 masked are you there',
    '8 masked \x03\xe8',
  ]);
  assert.deepEqual(framesBehindHead(sides['<']), [
    '1 plain olleH',
    '10 plain are you there',
    '8 plain \x03\xe8',
  ]);
  const inspected = startProgram(t, process.execPath, [launcher, 'inspect', path]);
  assert.equal(await inspected.ended, 0);
  assert.match(inspected.lines.join('\n'), /both sides have closed\nall valid$/);
  const said = errorLines.join('\n');
  assert.match(said, /^> handshake: request of a client, \d+ bytes\n {2}GET \/ping-gnip HTTP/m);
  assert.match(said, /text frame from a client/);
  assert.match(said, /pong frame from a server/);
});

test('SIGINT closes with 1000, a second one ends at once with 130', async (t) => {
  const { server, url } = await startServer(t);
  const first = connection(server);
  const polite = run(t, [url, '--exit-after', '9']);
  const closed = closeOf(await first);
  polite.child.kill('SIGINT');
  assert.equal((await closed).code, 1000);
  assert.equal(await polite.ended, 0);

  const second = connection(server);
  const hasty = run(t, [url, '--exit-after', '9', '--send', 'here']);
  const socket = await second;
  await once(socket, 'message');
  // A server that reads nothing cannot answer the close.
  socket.pause();
  hasty.child.kill('SIGINT');
  // Two signals that follow each other at once may arrive as one.
  const again = setInterval(() => hasty.child.kill('SIGINT'), 20);
  t.after(() => clearInterval(again));
  assert.equal(await hasty.ended, 130);
});

test('--reconnect connects again', async (t) => {
  const { server, url } = await startServer(t);
  let count = 0;
  server.on('connection', (socket) => {
    if (++count === 1) socket.close(1012);
    else socket.send('back');
  });
  const { ended, lines, errorLines } = run(t, [url, '--reconnect', '--exit-after', '1']);
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ['back']);
  assert.match(errorLines[1] ?? '', /^closed with 1012 \(service restart\); attempt 1 in \d+ ms$/);
});

test('a reader that goes away is no error', async (t) => {
  const { server, url } = await startServer(t);
  const first = connection(server);
  const { child, ended, line, errorLines } = run(t, [url, '--exit-after', '9']);
  const socket = await first;
  socket.send('one');
  await line(/^one$/);
  child.stdout!.destroy();
  const closed = closeOf(socket);
  const more = setInterval(() => socket.send('more'), 5);
  t.after(() => clearInterval(more));
  assert.equal((await closed).code, 1000);
  assert.equal(await ended, 0);
  assert.doesNotMatch(errorLines.join('\n'), /EPIPE|at /);
});

test('what cannot work is told in one line, with exit code 2', async (t) => {
  const folder = temporaryFolder(t);
  const noPem = join(folder, 'no-pem');
  writeFileSync(noPem, 'no certificate');
  const cases = [
    { args: [], says: /^barewire: a URL is missing; try barewire connect --help$/ },
    { args: ['localhost:1/x'], says: /write ws:\/\/localhost:1\/x, or wss:\/\/localhost:1\/x/ },
    { args: ['wss://h', '--ca', join(folder, 'none')], says: /: --ca cannot read .*ENOENT/ },
    { args: ['wss://h', '--ca', noPem], says: /: --ca must name a file with cert/ },
    { args: ['ws://h', '--capture', noPem], says: /there is such a file, and it is kept$/ },
    { args: ['ws+unix://', '--timeout', '9'], says: /^barewire: address must be ws\+unix:/ },
  ];
  for (const { args, says } of cases) {
    const { ended, errorLines } = run(t, args);
    assert.equal(await ended, 2, args.join(' '));
    assert.equal(errorLines.length, 1, errorLines.join('\n'));
    assert.match(errorLines[0] ?? '', says);
  }
  assert.equal(readFileSync(noPem, 'utf8'), 'no certificate');
});

test('the help of connect needs no server', async (t) => {
  const written: string[] = [];
  t.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  await connect(['--help', '--capture', 'x']);
  t.mock.restoreAll();
  assert.match(written.join(''), /^barewire connect/);
  assert.equal(existsSync('x'), false);
});
