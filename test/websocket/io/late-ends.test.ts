/** Connections whose end meets something that waits: decoding, a full transport, a slow answer. */
import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { zlibLimiter } from '../../../src/websocket/deflate/limiter.ts';
import { WebSocket } from '../../../src/websocket/index.ts';
import { clientFrame, connect, connectRaw, until } from '../../../testing/websocket-pairs.ts';
import { closeOf } from '../../../testing/websocket-peers.ts';

/** Takes every place at zlib, so that what has to be decoded waits; the answer gives them back. */
function occupyZlib(): () => void {
  const workers = Array.from({ length: zlibLimiter.limit }, () => ({ start: () => {} }));
  for (const worker of workers) zlibLimiter.enter(worker);
  return () => {
    for (const worker of workers) zlibLimiter.leave(worker);
  };
}

test('a dead heartbeat is none for a transport that is gone: the last message comes, then close', async (t) => {
  const compressed = { perMessageDeflate: true };
  const heartbeat = { intervalMs: 20, timeoutMs: 20 };
  const { client, server } = await connect(t, { ...compressed, heartbeat }, compressed);
  const told: string[] = [];
  server.on('message', (data) => told.push(`message ${data.length}`));
  server.on('close', (code) => told.push(`close ${code}`));
  client.send('x'.repeat(2000));
  await until(() => client.bufferedAmount === 0);
  const free = occupyZlib();
  t.after(free);
  await until(() => server._socket!.readableLength === 0 && server.memory().decoding > 0);
  server._socket!.destroy();
  // Long enough for a ping and its deadline, were the heartbeat still running.
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.deepEqual(told, []);
  free();
  await until(() => told.length === 2);
  assert.deepEqual(told, ['message 2000', 'close 1006']);
});

test('§7.1.7 whoever breaks a rule and goes on sending is not waited for', async (t) => {
  const { socket, raw } = await connectRaw(t, { closeTimeout: 60_000 });
  raw.pause();
  socket.send(Buffer.alloc(16 * 1024 * 1024));
  raw.write(Buffer.from('ffff', 'hex'));
  await until(() => socket.readyState === WebSocket.CLOSING);
  const closed = closeOf(socket);
  raw.on('end', () => raw.end());
  raw.write(Buffer.alloc(100));
  raw.resume();
  assert.equal((await closed).code, 1006);
});

test('§7.1.1 a client whose server has ended before the answer is out does not wait for more', async () => {
  let release: (() => void) | undefined;
  let isSlow = true;
  const transport = new Duplex({
    read() {},
    write(_chunk, _encoding, callback) {
      if (isSlow) release = callback;
      else callback();
    },
  });
  const client = new WebSocket(null, [], { closeTimeout: 60_000, heartbeat: false });
  const closed = closeOf(client);
  const head = Buffer.alloc(0);
  client.establish({ role: 'client', socket: transport, head, protocol: '' });
  client.send(Buffer.alloc(200_000));
  client.send('behind');
  transport.push(Buffer.from('880203e8', 'hex'));
  transport.push(null);
  await once(transport, 'end');
  isSlow = false;
  release!();
  assert.equal((await closed).code, 1000);
  assert.equal(client.wasClean, true);
});

for (const what of ['bytes', 'Blob']) {
  test(`a transport that takes 8 MiB tells of no drain, and is read on all the same: ${what}`, async () => {
    let release: (() => void) | undefined;
    let isSlow = true;
    const transport = new Duplex({
      writableHighWaterMark: 8 * 1024 * 1024,
      read() {},
      write(_chunk, _encoding, callback) {
        if (isSlow) release = callback;
        else callback();
      },
    });
    const server = new WebSocket(null, [], { heartbeat: false });
    const told: string[] = [];
    server.on('message', (data) => told.push(String(data)));
    const head = Buffer.alloc(0);
    server.establish({ role: 'server', socket: transport, head, protocol: '' });
    const large = Buffer.alloc(2 * 1024 * 1024);
    server.send(what === 'Blob' ? new Blob([large]) : large);
    transport.push(clientFrame('one'));
    await until(() => told.length === 1);
    await until(() => release !== undefined);
    isSlow = false;
    release!();
    transport.push(clientFrame('two'));
    await until(() => told.length === 2);
    server.terminate();
    assert.deepEqual(told, ['one', 'two']);
  });
}

test('RFC 7692 §7.1.1 a burst without context takeover uses one context again and again', async (t) => {
  const forgets = { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 0 };
  const options = { perMessageDeflate: forgets };
  const { client, server } = await connect(t, options, options);
  let made = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'ZLIB') made++;
    },
  }).enable();
  t.after(() => hook.disable());
  let got = 0;
  server.on('message', () => got++);
  for (let i = 0; i < 300; i++) client.send(`a message ${i}`);
  await until(() => got === 300);
  assert.ok(made < 60, `${made} contexts`);
});
