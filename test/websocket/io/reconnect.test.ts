import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { reconnecting, ReconnectingWebSocket, WebSocket } from '../../../src/websocket/index.ts';
import type { ReconnectOptions } from '../../../src/websocket/index.ts';
import type { ReconnectEvents } from '../../../src/websocket/io/reconnect.ts';
import { accepting, headerOf, response, startRaw } from '../../../testing/raw-servers.ts';
import { startServer } from '../../../testing/websocket-peers.ts';

/** A clock that stands still: its timers fire when the test says so. */
class StoppedClock {
  timers: { callback: () => void; delayMs: number }[] = [];

  now(): number {
    return Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const timer = { callback, delayMs };
    this.timers.push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers = this.timers.filter((one) => one !== timer);
  }

  /** Fires the one timer there is; the answer is its delay. */
  fire(): number {
    assert.equal(this.timers.length, 1);
    const [{ callback, delayMs }] = this.timers.splice(0) as [StoppedClock['timers'][0]];
    callback();
    return delayMs;
  }
}

/** A reconnecting client whose clock stands still and whose dice always show 0.5. */
function start(
  t: TestContext,
  url: ConstructorParameters<typeof ReconnectingWebSocket>[0],
  options: ReconnectOptions = {},
) {
  const clock = new StoppedClock();
  const client = reconnecting(url, { clock, random: () => 0.5, ...options });
  t.after(() => {
    client.close();
    client.socket?.terminate();
  });
  return { client, clock };
}

/** The next event of a name, with its arguments; not `once`, which would listen to `error`. */
function next<Name extends keyof ReconnectEvents>(
  client: ReconnectingWebSocket,
  name: Name,
): Promise<ReconnectEvents[Name]> {
  return new Promise((resolve) => {
    client.once(name as string as 'error', (...values: unknown[]) => {
      resolve(values as ReconnectEvents[Name]);
    });
  });
}

test('a connection that is lost is followed by another', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (connection) => connection.send('hello'));
  const { client, clock } = start(t, url);
  assert.equal(client.readyState, WebSocket.CONNECTING);
  assert.equal(client.send('too early'), 'dropped');
  const [greeting, isBinary] = await next(client, 'message');
  assert.equal(String(greeting), 'hello');
  assert.equal(isBinary, false);
  assert.equal(client.readyState, WebSocket.OPEN);
  const first = client.socket;
  const events = Promise.all([next(client, 'close'), next(client, 'reconnecting')]);
  first?.terminate();
  const [[code], [event]] = await events;
  assert.equal(code, 1006);
  assert.deepEqual(event, { attempt: 1, delayMs: 500, code: 1006 });
  assert.equal(client.socket, undefined);
  assert.equal(client.readyState, WebSocket.CONNECTING);
  const dropped = await new Promise((resolve) => client.send('x', {}, resolve));
  assert.ok(dropped instanceof Error);
  const greeted = next(client, 'message');
  assert.equal(clock.fire(), 500);
  await greeted;
  assert.notEqual(client.socket, first);
});

test('messages wait for a listener that comes late', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (connection) => {
    for (const text of ['one', 'two']) connection.send(text);
    connection.ping();
  });
  const { client } = start(t, url);
  await next(client, 'open');
  // What comes before this ping has come.
  if (client.socket !== undefined) await once(client.socket, 'ping');
  const got: string[] = [];
  await new Promise<void>((resolve) => {
    client.on('message', (data) => {
      got.push(String(data));
      if (got.length === 2) resolve();
    });
    client.on('message', () => {});
  });
  assert.deepEqual(got, ['one', 'two']);
});

test('what is sent arrives, and its callback is called', async (t) => {
  const { server, url } = await startServer(t);
  const connection = once(server, 'connection');
  const { client } = start(t, url);
  await next(client, 'open');
  const [peer] = (await connection) as [WebSocket];
  const message = once(peer, 'message');
  const sent = new Promise((resolve) => client.send('text', { binary: true }, resolve));
  assert.equal(await sent, undefined);
  const [data, isBinary] = (await message) as [Buffer, boolean];
  assert.equal(String(data), 'text');
  assert.equal(isBinary, true);
});

test('attempts count up, and from 0 after a stable connection', async (t) => {
  let accept = false;
  const port = await startRaw(t, (request, socket) => {
    if (accept) socket.write(accepting(request));
    else socket.destroy();
  });
  const { client, clock } = start(t, `ws://127.0.0.1:${port}/`, { stableAfterMs: 7 });
  const delays: number[] = [];
  for (let i = 0; i < 7; i++) {
    const [event] = await next(client, 'reconnecting');
    assert.equal(event.attempt, i + 1);
    assert.equal(event.code, 'ECONNRESET');
    delays.push(event.delayMs);
    accept = i === 6;
    clock.fire();
  }
  assert.deepEqual(delays, [500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  await next(client, 'open');
  // Lost before it was stable: the count goes on.
  let again = next(client, 'reconnecting');
  client.socket?.terminate();
  assert.equal((await again)[0].attempt, 8);
  const opened = next(client, 'open');
  clock.fire();
  await opened;
  assert.equal(clock.fire(), 7);
  again = next(client, 'reconnecting');
  client.socket?.terminate();
  assert.equal((await again)[0].attempt, 1);
});

for (const code of [1000, 1008, 4001]) {
  test(`§7.4.1 a close with ${code} stops`, async (t) => {
    const { server, url } = await startServer(t);
    server.on('connection', (connection) => connection.close(code, 'enough'));
    const { client, clock } = start(t, url);
    const closed = next(client, 'close');
    assert.match((await next(client, 'stopped'))[0], new RegExp(`closed with ${code}`));
    assert.equal(String((await closed)[1]), 'enough');
    assert.equal(client.readyState, WebSocket.CLOSED);
    assert.deepEqual(clock.timers, []);
  });
}

test('§7.4.1 a close with 1012 waits at least the base, and rules change what stops', async (t) => {
  const { server, url } = await startServer(t);
  const codes = [1012, 4001];
  server.on('connection', (connection) => connection.close(codes.shift() ?? 1000));
  const { client, clock } = start(t, url, { rules: { 4001: 'wait' } });
  assert.deepEqual(await next(client, 'reconnecting'), [{ attempt: 1, delayMs: 1500, code: 1012 }]);
  clock.fire();
  assert.deepEqual(await next(client, 'reconnecting'), [{ attempt: 2, delayMs: 1000, code: 4001 }]);
});

const refusals = [
  { status: 503, lines: ['Retry-After: 7'], delayMs: 7500 },
  { status: 429, lines: ['Retry-After: Sun, 06 Nov 1994 08:50:00 GMT'], delayMs: 23_500 },
  { status: 503, lines: ['Retry-After: soon'], delayMs: 1500 },
  { status: 500, lines: [], delayMs: 500 },
];
for (const { status, lines, delayMs } of refusals) {
  test(`RFC 9110 §10.2.3 status ${status} ${lines.join()} waits ${delayMs} ms`, async (t) => {
    const port = await startRaw(t, (_request, socket) => socket.end(response(status, lines)));
    const { client } = start(t, `ws://127.0.0.1:${port}/`);
    const want = { attempt: 1, delayMs, code: status };
    assert.deepEqual(await next(client, 'reconnecting'), [want]);
  });
}

for (const status of [400, 401, 403, 404]) {
  test(`status ${status} stops, and the error tells why if somebody listens`, async (t) => {
    const port = await startRaw(t, (_request, socket) => socket.end(response(status)));
    const { client } = start(t, `ws://127.0.0.1:${port}/`);
    const error = next(client, 'error');
    assert.match((await next(client, 'stopped'))[0], new RegExp(`status ${status}$`));
    assert.match((await error)[0].message, new RegExp(`response: ${status}`));
  });
}

test('address, sub-protocols and headers may be fresh for each attempt', async (t) => {
  const seen: unknown[] = [];
  const port = await startRaw(t, (request, socket) => {
    const [, path] = request.split(' ', 2);
    seen.push([path, headerOf(request, 'Authorization'), headerOf(request, 'X-Fixed')]);
    const protocol = headerOf(request, 'Sec-WebSocket-Protocol') ?? '';
    socket.write(accepting(request, [`Sec-WebSocket-Protocol: ${protocol}`]));
  });
  let token = 0;
  const { client, clock } = start(t, async () => `ws://127.0.0.1:${port}/?${++token}`, {
    headers: () => ({ Authorization: `Bearer ${token}`, 'X-Fixed': 'yes' }),
    protocols: () => Promise.resolve(`v${token}`),
  });
  await next(client, 'open');
  assert.equal(client.socket?.protocol, 'v1');
  const again = next(client, 'reconnecting');
  client.socket?.terminate();
  await again;
  clock.fire();
  await next(client, 'open');
  assert.equal(client.socket?.protocol, 'v2');
  assert.deepEqual(seen, [
    ['/?1', 'Bearer 1', 'yes'],
    ['/?2', 'Bearer 2', 'yes'],
  ]);
});

test('a function that fails is asked again, whatever it throws', async (t) => {
  const { url } = await startServer(t);
  const thrown: unknown[] = [new TypeError('fetch failed'), 'no token'];
  const { client, clock } = start(t, async () => {
    const error = thrown.shift();
    if (error !== undefined) throw error;
    return url;
  });
  assert.equal((await next(client, 'reconnecting'))[0].code, 'TypeError');
  clock.fire();
  const [error] = await next(client, 'error');
  assert.equal(error.message, 'no token');
  clock.fire();
  await next(client, 'open');
});

test('what can never work stops at once', async (t) => {
  assert.throws(() => reconnecting('relative'), SyntaxError);
  assert.throws(() => reconnecting('ws://127.0.0.1/', { baseDelayMs: -1 }), RangeError);
  const address = start(t, () => 'relative');
  assert.match((await next(address.client, 'stopped'))[0], /must be a URL, got "relative"/);
  const header = start(t, 'ws://127.0.0.1/', { headers: { a: 'b\r\nc: d' } });
  assert.match((await next(header.client, 'stopped'))[0], /header a must hold/);
  assert.deepEqual([...address.clock.timers, ...header.clock.timers], []);
});

test('close ends the connection with its code, and no other comes', async (t) => {
  const { server, url } = await startServer(t);
  const connection = once(server, 'connection');
  const { client, clock } = start(t, url);
  await next(client, 'open');
  const [peer] = (await connection) as [WebSocket];
  const closed = once(peer, 'close');
  assert.throws(() => client.close(1005), RangeError);
  assert.equal(client.readyState, WebSocket.OPEN);
  client.close(4000, 'bye');
  assert.equal(client.readyState, WebSocket.CLOSING);
  assert.deepEqual(await next(client, 'stopped'), ['the program closed it']);
  const [code, reason] = (await closed) as [number, Buffer];
  assert.deepEqual([code, String(reason)], [4000, 'bye']);
  assert.equal(client.readyState, WebSocket.CLOSED);
  assert.deepEqual(clock.timers, []);
  client.close();
  assert.equal(client.send('x'), 'dropped');
});

test('close while waiting, while asking and while connecting', async (t) => {
  const port = await startRaw(t, (_request, socket) => socket.destroy());
  const waiting = start(t, `ws://127.0.0.1:${port}/`);
  await next(waiting.client, 'reconnecting');
  waiting.client.close();
  await next(waiting.client, 'stopped');
  assert.deepEqual(waiting.clock.timers, []);

  let answer = (_url: string) => {};
  const asking = start(t, () => new Promise<string>((resolve) => (answer = resolve)));
  asking.client.close();
  await next(asking.client, 'stopped');
  answer(`ws://127.0.0.1:${port}/`);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asking.client.socket, undefined);

  const silent = await startRaw(t, () => {});
  const connecting = start(t, `ws://127.0.0.1:${silent}/`);
  while (connecting.client.socket === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  connecting.client.close();
  await next(connecting.client, 'stopped');
  assert.equal(connecting.client.readyState, WebSocket.CLOSED);
});

test('close from within each event', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (connection) => connection.close(1012));
  for (const name of ['open', 'close', 'reconnecting'] as const) {
    const { client, clock } = start(t, url);
    client.once(name, () => client.close());
    await next(client, 'stopped');
    assert.deepEqual(clock.timers, [], name);
  }
});

test('the clock and the dice are real if nobody brings others', async (t) => {
  let count = 0;
  const port = await startRaw(t, (request, socket) => {
    if (count++ < 3) socket.destroy();
    else socket.write(accepting(request));
  });
  const client = reconnecting(`ws://127.0.0.1:${port}/`, { baseDelayMs: 1, stableAfterMs: 1 });
  t.after(() => client.close());
  await next(client, 'open');
  assert.equal(count, 4);
  client.close();
  await next(client, 'stopped');
});
