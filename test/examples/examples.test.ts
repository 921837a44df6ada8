/**
 * The examples as their reader starts them, against each other, against Python's websockets in both
 * roles, and against the WebSocket that newer Nodes bring.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../src/lab/package-root.ts';
import { runnable, startProgram } from '../../testing/program.ts';
import { testWith } from '../../testing/tools.ts';

function startExample(t: TestContext, name: string, ...args: readonly string[]) {
  return startProgram(t, process.execPath, [runnable(`examples/${name}.ts`), ...args]);
}

/** Starts an example's server on a free port: its address. */
async function serverOf(t: TestContext, name: string): Promise<string> {
  const line = await startExample(t, `${name}-server`, '0').line(/listens on/);
  return /ws:\S+/.exec(line)?.[0] ?? '';
}

test('ping-gnip: each text comes back reversed, by code points', async (t) => {
  const url = await serverOf(t, 'ping-gnip');
  const client = startExample(t, 'ping-gnip-client', 'Hello', 'a👍🏽é', '', url);
  assert.equal(await client.ended, 0);
  assert.deepEqual(client.lines, ['olleH', 'é🏽👍a', '']);
});

test('countdown: 3 gives 2, 1, 0, and the end', async (t) => {
  const url = await serverOf(t, 'countdown');
  const client = startExample(t, 'countdown-client', '3', url);
  assert.equal(await client.ended, 0);
  assert.deepEqual(client.lines, ['2', '1', '0']);
});

test('countdown: what is no positive integer gets a sentence', async (t) => {
  const url = await serverOf(t, 'countdown');
  const cases = [
    ['three', 'Please send an integer'],
    ['1.5', 'Please send an integer'],
    ['1234567', 'Please send an integer'],
    ['0', 'Please send a positive integer'],
    ['-5', 'Please send a positive integer'],
  ] as const;
  for (const [number, answer] of cases) {
    const client = startExample(t, 'countdown-client', number, url);
    assert.equal(await client.ended, 1);
    assert.deepEqual(client.lines, [answer]);
  }
});

test('without a server the clients say so in one line', async (t) => {
  for (const [name, args] of [
    ['ping-gnip-client', ['ws://127.0.0.1:1/']],
    ['countdown-client', ['3', 'ws://127.0.0.1:1/']],
  ] as const) {
    const client = startExample(t, name, ...args);
    assert.equal(await client.ended, 1);
    assert.equal(client.errorLines.length, 1);
    assert.match(client.errorLines[0]!, /^ws:\/\/127\.0\.0\.1:1\/: .*ECONNREFUSED/);
  }
});

test('a port that is taken is told in one line', async (t) => {
  const port = new URL(await serverOf(t, 'ping-gnip')).port;
  for (const name of ['ping-gnip-server', 'countdown-server']) {
    const second = startExample(t, name, port);
    assert.equal(await second.ended, 1);
    assert.equal(second.errorLines.length, 1);
    assert.match(second.errorLines[0]!, new RegExp(`^cannot listen on port ${port}: .*EADDRINUSE`));
  }
});

test('npm run example finds them by name', (t) => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/example.js', ...args], {
      cwd: packageRoot,
      encoding: 'utf8',
    });
  const unknown = run('nothing');
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /NAME is one of: .*countdown-client.*ping-gnip-server/);
  const client = run('ping-gnip-client', 'Hello', 'ws://127.0.0.1:1/');
  assert.equal(client.status, 1, client.stderr);
  assert.match(client.stderr, /^ws:\/\/127\.0\.0\.1:1\/: /);
  t.diagnostic(client.stderr.trim());
});

const pythonClient = `
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        for text in sys.argv[2:]:
            await socket.send(text)
            print(await socket.recv())
asyncio.run(main())
`;

testWith(['python3-websockets'], 'Python talks to both servers', async (t) => {
  const python = async (url: string, ...texts: string[]) => {
    const client = startProgram(t, '/usr/bin/python3', ['-c', pythonClient, url, ...texts]);
    assert.equal(await client.ended, 0, client.errorLines.join('\n'));
    return client.lines;
  };
  assert.deepEqual(await python(await serverOf(t, 'ping-gnip'), 'Hello', '👍a'), ['olleH', 'a👍']);
  const countdown = await serverOf(t, 'countdown');
  const answers = await python(countdown, ' 3 ', '9', 'x', '-1');
  assert.deepEqual(answers, ['2', '8', 'Please send an integer', 'Please send a positive integer']);
});

const pythonServer = `
import asyncio, sys, websockets
async def ping_gnip(socket, path=None):
    async for text in socket:
        await socket.send(text[::-1])
async def countdown(socket, path=None):
    for n in reversed(range(int(await socket.recv()))):
        await socket.send(str(n))
    await socket.wait_closed()
async def main():
    handler = globals()[sys.argv[1]]
    async with websockets.serve(handler, "127.0.0.1", 0) as server:
        print("port", server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()
asyncio.run(main())
`;

testWith(['python3-websockets'], 'both clients talk to a Python server', async (t) => {
  for (const [handler, args, lines] of [
    ['ping_gnip', ['ping-gnip-client', 'Hello', 'abc'], ['olleH', 'cba']],
    ['countdown', ['countdown-client', '4'], ['3', '2', '1', '0']],
  ] as const) {
    const server = startProgram(t, '/usr/bin/python3', ['-c', pythonServer, handler]);
    const port = (await server.line(/^port/)).slice('port '.length);
    const [name, ...rest] = args;
    const client = startExample(t, name, ...rest, `ws://127.0.0.1:${port}/`);
    assert.equal(await client.ended, 0, client.errorLines.join('\n'));
    assert.deepEqual(client.lines, lines);
  }
});

const hasWebSocket = 'WebSocket' in globalThis;

test(
  'the WebSocket that Node brings talks to both servers',
  { skip: hasWebSocket ? false : 'needs Node 22, which brings WebSocket' },
  async (t) => {
    const script = `
      const socket = new WebSocket(process.argv[1]);
      socket.onopen = () => socket.send(process.argv[2]);
      socket.onmessage = ({ data }) => { console.log(data); socket.close(1000); };
    `;
    for (const [name, text, answer] of [
      ['ping-gnip', 'Hello', 'olleH'],
      ['countdown', '7', '6'],
    ] as const) {
      const url = await serverOf(t, name);
      const client = startProgram(t, process.execPath, ['-e', script, url, text]);
      assert.equal(await client.ended, 0, client.errorLines.join('\n'));
      assert.deepEqual(client.lines, [answer]);
    }
  },
);
