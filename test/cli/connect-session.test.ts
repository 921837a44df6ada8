/** A session against our own server, with a console that a test drives. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseConnectOptions } from '../../src/cli/connect-options.ts';
import { ConnectSession } from '../../src/cli/connect-session.ts';
import type { Console, LineReader } from '../../src/cli/pipe-console.ts';
import type { WebSocket, WebSocketServer } from '../../src/websocket/index.ts';
import { response, startRaw } from '../../testing/raw-servers.ts';
import { closeOf, startServer, textOf } from '../../testing/websocket-peers.ts';

class FakeConsole implements Console {
  readonly isTerminal: boolean;
  readonly messages: string[] = [];
  readonly notes: string[] = [];
  #reader: LineReader | undefined;
  #started: (reader: LineReader) => void = () => {};

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }

  message(line: string): undefined {
    this.messages.push(line);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  read(reader: LineReader): void {
    this.#reader = reader;
    this.#started(reader);
  }

  close(): void {}

  /** Whoever reads the lines, as soon as somebody does. */
  reader(): Promise<LineReader> {
    if (this.#reader !== undefined) return Promise.resolve(this.#reader);
    return new Promise((resolve) => (this.#started = resolve));
  }
}

function start(url: string, args: readonly string[] = [], isTerminal = false) {
  const options = parseConnectOptions([url, ...args]);
  assert.ok(options !== 'help');
  const console = new FakeConsole(isTerminal);
  const session = new ConnectSession({ options, ca: undefined, console, request: () => {} });
  return { console, session, exitCode: session.run() };
}

/** A server that answers each message with itself. */
async function startEcho(t: TestContext, options: Parameters<typeof startServer>[1] = {}) {
  const started = await startServer(t, options);
  started.server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => void socket.send(data, { binary: isBinary }));
  });
  return started;
}

/** A server that does not answer; `asked` is resolved when it got a request. */
async function startSilent(t: TestContext): Promise<{ port: number; asked: Promise<void> }> {
  let resolve = () => {};
  const asked = new Promise<void>((called) => (resolve = called));
  return { port: await startRaw(t, () => resolve()), asked };
}

async function connection(server: WebSocketServer): Promise<WebSocket> {
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  return socket;
}

test('lines are messages; at the end of the input the connection is closed', async (t) => {
  const { server, url } = await startEcho(t);
  const socket = connection(server);
  const { console, exitCode } = start(url);
  const reader = await console.reader();
  for (const line of ['one', '//two', '/binary 00 ff', '']) await reader.line(line);
  reader.end();
  assert.equal((await closeOf(await socket)).code, 1000);
  assert.equal(await exitCode, 0);
  assert.deepEqual(console.messages, ['one', '/two', '00ff', '']);
  assert.deepEqual(console.notes.at(-1), 'closed with 1000 (normal)');
});

test('what could steer a terminal is escaped, in messages and reasons', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (socket) => {
    socket.send('\x1b[2J \u009b \u202e \n\x07\x7f "\\" \u{1f468}\u200d\u{1f469}');
    socket.close(1000, '\x1b]0;title\x07');
  });
  const { console, exitCode } = start(url);
  assert.equal(await exitCode, 0);
  assert.deepEqual(console.messages, [
    '\\u001b[2J \\u009b \\u202e \\n\\u0007\\u007f "\\" \u{1f468}\u200d\u{1f469}',
  ]);
  assert.doesNotMatch(console.notes.join(''), /[\x00-\x1f\x7f]/);
});

test('§5.5.2 /ping says how long its pong took', async (t) => {
  const { url } = await startEcho(t);
  const { console } = start(url);
  const reader = await console.reader();
  await reader.line('/ping');
  await reader.line('/ping are you there');
  reader.end();
  while (!console.notes.some((note) => /^closed/.test(note))) await new Promise(setImmediate);
  const pongs = console.notes.filter((note) => note.startsWith('pong'));
  assert.match(pongs[0] ?? '', /^pong "1" in \d+\.\d ms$/);
  assert.match(pongs[1] ?? '', /^pong "are you there" in \d+\.\d ms$/);
});

test('/close sends its code and reason', async (t) => {
  const { server, url } = await startEcho(t);
  const socket = connection(server);
  const { console, exitCode } = start(url);
  await (await console.reader()).line('/close 4001 so long');
  assert.deepEqual(await closeOf(await socket), { code: 4001, reason: 'so long' });
  assert.equal(await exitCode, 0);
});

test('in a pipe a line that is no command ends the run with 2, and no more is sent', async (t) => {
  const { url } = await startEcho(t);
  for (const line of ['/foo', '/close 1006', `/ping ${'x'.repeat(126)}`]) {
    const { console, exitCode } = start(url);
    const reader = await console.reader();
    await reader.line('one');
    await reader.line(line);
    await reader.line('not sent');
    reader.end();
    assert.equal(await exitCode, 2);
    assert.deepEqual(console.messages, ['one']);
    assert.ok(console.notes.some((note) => /^barewire: line 2 of the input: /.test(note)));
  }
});

test('on a terminal a mistake is told, and the connection goes on', async (t) => {
  const { url } = await startEcho(t);
  const { console, exitCode } = start(url, [], true);
  const reader = await console.reader();
  for (const line of ['/foo', '/close 1006', '/help', 'one']) await reader.line(line);
  assert.match(console.notes.join('\n'), /no command "\/foo"[^]*1006[^]*\/binary HEX/);
  reader.end();
  assert.equal(await exitCode, 0);
  assert.deepEqual(console.messages, ['one']);
});

test('in a pipe lines that come too late are told once', async (t) => {
  const { server, url } = await startServer(t);
  const socket = connection(server);
  const { console, exitCode } = start(url);
  const reader = await console.reader();
  (await socket).close(1001);
  assert.equal(await exitCode, 0);
  for (const line of ['one', 'two']) await reader.line(line);
  reader.end();
  const late = console.notes.filter((note) => note.startsWith('not connected'));
  assert.deepEqual(late, ['not connected: line 1 and what follows were not sent']);
});

test('--send comes first, and --exit-after waits for its messages after the input', async (t) => {
  const { server, url } = await startServer(t);
  const socket = connection(server);
  const { console, exitCode } = start(url, ['--send', 'a', '--send', '/b', '--exit-after', '2']);
  (await console.reader()).end();
  const server1 = await socket;
  const received = [await textOf(server1), await textOf(server1)];
  assert.deepEqual(received, ['a', '/b']);
  for (const text of ['1', '2', '3']) server1.send(text);
  assert.equal((await closeOf(server1)).code, 1000);
  assert.equal(await exitCode, 0);
  assert.deepEqual(console.messages, ['1', '2']);
});

test('--timeout ends the run: 0, or 1 where messages are missing', async (t) => {
  const { server, url } = await startServer(t);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const { args, code } of [
    { args: [], code: 0 },
    { args: ['--exit-after', '2'], code: 1 },
  ]) {
    const socket = connection(server);
    const { console, exitCode } = start(url, ['--timeout', '1.5', ...args]);
    (await console.reader()).end();
    (await socket).send('x');
    while (console.messages.length === 0) await new Promise(setImmediate);
    t.mock.timers.tick(1500);
    assert.equal(await exitCode, code);
    if (code === 0) continue;
    assert.match(console.notes.at(-1) ?? '', /expected 2 messages within 1.5 s, got 1$/);
  }
});

test('--timeout before there is a connection names the phase', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { port, asked } = await startSilent(t);
  const { console, exitCode } = start(`ws://127.0.0.1:${port}`, ['--timeout', '1.5']);
  await asked;
  t.mock.timers.tick(1500);
  assert.equal(await exitCode, 1);
  assert.match(console.notes.join('\n'), /^barewire: no handshake with .*\(phase http\): expected/);
});

test('a refusal is told with its status and what the server says', async (t) => {
  const port = await startRaw(t, (_request, socket) => {
    socket.end(response(401, [], 'who\x1b are you?'));
  });
  const { console, exitCode } = start(`ws://127.0.0.1:${port}/x`);
  assert.equal(await exitCode, 1);
  assert.match(console.notes[0] ?? '', /^barewire: no handshake with .*\(phase http\): .* 401; /);
  assert.match(console.notes[1] ?? '', /^--header 'Authorization: \.\.\.' sends credentials$/);
  assert.equal(console.notes[2], 'the server says: who\\u001b are you?');
});

test('a close code of the server that is no normal one is a failure', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (socket) => socket.close(1013, 'later'));
  const { console, exitCode } = start(url);
  assert.equal(await exitCode, 1);
  const said = console.notes.at(-1) ?? '';
  assert.match(said, /^barewire: .*\(phase open\): closed with 1013 \(try again later\): "later"$/);
});

test('a header, an origin and sub-protocols reach the server', async (t) => {
  const { server, url } = await startServer(t, { allowedOrigins: 'any' });
  const seen = once(server, 'connection') as Promise<[WebSocket, { headers: object }]>;
  const args = ['--header', 'X-A: 1', '--header', 'X-A: 2', '--origin', 'https://o.example'];
  const { console, exitCode } = start(url, [...args, '--subprotocol', 'p']);
  const [socket, { headers }] = await seen;
  socket.close(1000);
  assert.equal(await exitCode, 0);
  assert.match(console.notes[0] ?? '', /^connected to 127\.0\.0\.1:\d+\/, sub-protocol p$/);
  const { 'x-a': xA, origin } = headers as Record<string, string>;
  assert.deepEqual([xA, origin], ['1, 2', 'https://o.example']);
});

test('an interruption closes with 1000; the second one ends with 130', async (t) => {
  const { server, url } = await startServer(t);
  const first = connection(server);
  const polite = start(url, [], true);
  await polite.console.reader();
  const closed = closeOf(await first);
  polite.session.interrupt();
  assert.equal((await closed).code, 1000);
  assert.equal(await polite.exitCode, 0);

  const second = connection(server);
  const hasty = start(url, [], true);
  await hasty.console.reader();
  // A server that reads nothing cannot answer the close.
  (await second).pause();
  hasty.session.interrupt();
  hasty.session.interrupt();
  assert.equal(await hasty.exitCode, 130);
});

test('an interruption while connecting ends with 130', async (t) => {
  const { port, asked } = await startSilent(t);
  const { session, exitCode, console } = start(`ws://127.0.0.1:${port}`);
  await asked;
  session.interrupt();
  assert.equal(await exitCode, 130);
  assert.deepEqual(console.notes, []);
});

test('§7.2.3 --reconnect: lines wait for a connection, --send is sent on each', async (t) => {
  const { server, url } = await startServer(t);
  const received: string[] = [];
  let count = 0;
  server.on('connection', (socket) => {
    const nth = ++count;
    socket.on('message', (data) => {
      received.push(`${nth}: ${data.toString()}`);
      if (nth === 1) socket.terminate();
      else socket.send('thanks');
    });
  });
  const { console, exitCode } = start(url, ['--reconnect', '--send', 'hi', '--exit-after', '2']);
  const reader = await console.reader();
  while (!console.notes.some((note) => note.includes('attempt 1'))) {
    await new Promise(setImmediate);
  }
  await reader.line('waited');
  reader.end();
  assert.equal(await exitCode, 0);
  assert.deepEqual(received, ['1: hi', '2: hi', '2: waited']);
  assert.match(console.notes[1] ?? '', /^closed with 1006 \(abnormal\); attempt 1 in \d+ ms$/);
  assert.match(console.notes[2] ?? '', /^connected to /);
});

test('--reconnect stops where asking again changes nothing', async (t) => {
  const port = await startRaw(t, (_request, socket) => void socket.end(response(404)));
  const { console, exitCode } = start(`ws://127.0.0.1:${port}`, ['--reconnect']);
  assert.equal(await exitCode, 1);
  assert.match(console.notes[0] ?? '', /^barewire: no handshake with .*\(phase http\): .* 404; /);
});

test('when nobody reads the output any more, the connection is closed', async (t) => {
  const { server, url } = await startEcho(t);
  const socket = connection(server);
  const { session, exitCode, console } = start(url);
  await console.reader();
  session.outputGone();
  assert.equal((await closeOf(await socket)).code, 1000);
  assert.equal(await exitCode, 0);
});
