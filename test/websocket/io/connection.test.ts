import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { encodeFrame, PreparedMessage, WebSocket } from '../../../src/websocket/index.ts';
import { describeFrames } from '../../../testing/protocol-recorder.ts';
import {
  closeOf,
  openRaw,
  readToEnd,
  startClient,
  startServer,
  textOf,
  upgradeRequest,
} from '../../../testing/websocket-peers.ts';

const mask = { maskingKey: 0x01020304 };
const textFrame = (text: string) => encodeFrame({ opcode: 1, payload: Buffer.from(text), ...mask });

async function connectedPair(t: Parameters<typeof startServer>[0]) {
  const { server, url } = await startServer(t);
  const client = startClient(t, url);
  const [[accepted]] = await Promise.all([
    once(server, 'connection') as Promise<[WebSocket]>,
    once(client, 'open'),
  ]);
  return { server, client, accepted };
}

test('§5.6 text, bytes and prepared messages, both ways, in order', async (t) => {
  const { client, accepted } = await connectedPair(t);
  for (const [from, to] of [
    [client, accepted],
    [accepted, client],
  ] as const) {
    const got: string[] = [];
    const all = new Promise<void>((resolve) => {
      to.on('message', (data, isBinary) => {
        got.push(`${isBinary ? 'binary' : 'text'} ${data}`);
        if (got.length === 6) resolve();
      });
    });
    from.send('one');
    from.send(Buffer.from('two'));
    from.send(new PreparedMessage('three'));
    from.send(new Uint8Array(Buffer.from('xfourx')).subarray(1, 5));
    from.send(new Uint8Array(Buffer.from('five')).buffer);
    from.send(Buffer.from('six'), { binary: false });
    await all;
    const want = ['text one', 'binary two', 'text three', 'binary four', 'binary five', 'text six'];
    assert.deepEqual(got, want);
  }
});

test('bytes are copied: what the caller does to them after send is not seen', async (t) => {
  const { client, accepted } = await connectedPair(t);
  const bytes = Buffer.from('before');
  client.send(bytes);
  bytes.fill(0);
  assert.equal(await textOf(accepted), 'before');
});

test('all frames answered while one chunk is handled leave together', async (t) => {
  const { server, port } = await startServer(t);
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
  const raw = await openRaw(t, port, upgradeRequest());
  const chunks: Buffer[] = [];
  await once(raw, 'data');
  raw.on('data', (chunk: Buffer) => chunks.push(chunk));
  raw.write(Buffer.concat(Array.from({ length: 100 }, (_, i) => textFrame(String(i)))));
  while (Buffer.concat(chunks).length < 390) await once(raw, 'data');
  assert.equal(chunks.length, 1);
});

test('the callback of send tells when the message left, or that it will not', async (t) => {
  const { client } = await connectedPair(t);
  assert.equal(await new Promise((resolve) => client.send('x', resolve)), undefined);
  client.send('y');
  assert.ok(client.bufferedAmount > 0);
  client.close();
  const error = await new Promise((resolve) => client.send('z', resolve));
  assert.ok(error instanceof Error);
  await closeOf(client);
  client.send('never');
  assert.equal(client.readyState, WebSocket.CLOSED);
});

test('what cannot be sent is refused at once', async (t) => {
  const { client } = await connectedPair(t);
  assert.throws(() => client.send(50 as never), { name: 'TypeError', message: /got number/ });
  assert.throws(() => client.ping(50 as never), TypeError);
  assert.throws(() => client.ping('x'.repeat(126)), RangeError);
  assert.throws(() => client.close(1005), RangeError);
  assert.equal(client.readyState, WebSocket.OPEN);
});

test('§5.5.2 pings are answered; ping and pong are told', async (t) => {
  const { client, accepted } = await connectedPair(t);
  const events = Promise.all([once(accepted, 'ping'), once(client, 'pong')]);
  client.ping('are you there?');
  const [[ping], [pong]] = await events;
  assert.equal(String(ping), 'are you there?');
  assert.equal(String(pong), 'are you there?');
  client.pong('unasked');
  assert.equal(String((await once(accepted, 'pong'))[0]), 'unasked');
});

for (const closer of ['client', 'server'] as const) {
  test(`§7.1 the ${closer} closes: both see its code, in CLOSING and then CLOSED`, async (t) => {
    const { client, accepted } = await connectedPair(t);
    const [one, other] = closer === 'client' ? [client, accepted] : [accepted, client];
    one.close(4321, 'enough');
    one.close(1000, 'too late');
    assert.equal(one.readyState, WebSocket.CLOSING);
    const [mine, theirs] = await Promise.all([closeOf(one), closeOf(other)]);
    assert.deepEqual(theirs, { code: 4321, reason: 'enough' });
    assert.equal(mine.code, 4321);
    assert.deepEqual([one.readyState, other.readyState], [WebSocket.CLOSED, WebSocket.CLOSED]);
  });
}

test('§7.1.5 terminate is seen as 1006 by both', async (t) => {
  const { client, accepted } = await connectedPair(t);
  const both = Promise.all([closeOf(client), closeOf(accepted)]);
  client.terminate();
  assert.deepEqual(
    (await both).map(({ code }) => code),
    [1006, 1006],
  );
});

test('a peer that breaks a rule is told why; without an error listener the process lives', async (t) => {
  const { server, port } = await startServer(t);
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const raw = await openRaw(t, port, upgradeRequest());
  const [socket] = await accepted;
  const closed = closeOf(socket);
  raw.write(Buffer.from('c1 80 00 00 00 00'.replaceAll(' ', ''), 'hex'));
  const answer = await readToEnd(raw);
  const frames = answer.subarray(answer.indexOf('\r\n\r\n') + 4);
  assert.match(describeFrames(frames)[0] ?? '', /^fin 8 1002 expected RSV bits/);
  assert.equal((await closed).code, 1006);
});

test('a peer that breaks a rule is reported to an error listener', async (t) => {
  const { server, port } = await startServer(t);
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const raw = await openRaw(t, port, upgradeRequest());
  const [socket] = await accepted;
  const failed = new Promise<Error>((resolve) => socket.on('error', resolve));
  const closed = closeOf(socket);
  raw.write(Buffer.from('8100', 'hex'));
  assert.equal(((await failed) as Error & { code: string }).code, 'ERR_WS_MASK_REQUIRED');
  raw.resume();
  await closed;
});

test('a peer that never answers the close is cut after the close timeout', async (t) => {
  const { server, port } = await startServer(t, { closeTimeout: 20 });
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const raw = await openRaw(t, port, upgradeRequest());
  raw.resume();
  const [socket] = await accepted;
  socket.close(1000);
  assert.equal((await closeOf(socket)).code, 1006);
});

test('pause holds messages back, resume lets them through in order', async (t) => {
  const { client, accepted } = await connectedPair(t);
  accepted.pause();
  assert.equal(accepted.isPaused, true);
  const got: string[] = [];
  accepted.on('message', (data) => got.push(data.toString()));
  for (let i = 0; i < 50; i++) client.send(String(i));
  await new Promise((resolve) => client.send('last', resolve));
  assert.deepEqual(got, []);
  const last = new Promise<void>((resolve) => {
    accepted.on('message', (data) => {
      if (data.toString() === 'last') resolve();
    });
  });
  accepted.resume();
  await last;
  assert.equal(got.length, 51);
  assert.equal(got[49], '49');
});

test('a peer that reads nothing stops being read; afterwards every echo arrives once', async (t) => {
  const { server, url } = await startServer(t);
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const client = startClient(t, url, [], { sendQueue: { maxBytes: 64 * 1024 * 1024 } });
  const [socket] = await accepted;
  socket.on('message', (data) => socket.send(data));
  await once(client, 'open').catch(() => {});
  const size = 256 * 1024;
  const count = 100;
  client.pause();
  let most = 0;
  for (let i = 0; i < count; i++) {
    client.send(Buffer.alloc(size, i));
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, socket.bufferedAmount);
  }
  // What waits is the limit and the answers to what was read before it was reached.
  assert.ok(most < 4 * 1024 * 1024, `${most} bytes were waiting`);
  const got: number[] = [];
  const all = new Promise<void>((resolve) => {
    client.on('message', (data) => {
      assert.equal(data.length, size);
      got.push(data[0]!);
      if (got.length === count) resolve();
    });
  });
  client.resume();
  await all;
  assert.deepEqual(
    got,
    Array.from({ length: count }, (_, i) => i),
  );
});
