import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { CloseCode, encodeFrame, Opcode, WebSocket } from '../../../src/websocket/index.ts';
import { Link } from '../../../src/websocket/io/link.ts';
import { runnable, startProgram } from '../../../testing/program.ts';
import { describeFrames } from '../../../testing/protocol-recorder.ts';
import {
  clientFrame,
  connect,
  connectRaw,
  pairFor,
  record,
  turns,
  until,
} from '../../../testing/websocket-pairs.ts';
import { closeOf, readToEnd } from '../../../testing/websocket-peers.ts';

test('a link is made by its connection, on any Duplex', (t) => {
  const [client] = pairFor(t);
  assert.equal(typeof Link, 'function');
  assert.equal(client._socket?.writable, true);
});

test('a listener that throws loses no message, and is reported each time', async (t) => {
  const program = startProgram(t, process.execPath, [
    runnable('testing/programs/throwing-listener.ts'),
  ]);
  assert.equal(await program.ended, 0);
  assert.deepEqual(program.lines, [
    'message 0',
    'uncaught at 0',
    'message 1',
    'message 2',
    'uncaught at 2',
    'message 3',
    'message 4',
    'uncaught at 4',
    'close 1000',
  ]);
});

test('a listener that throws behind the last message does not keep close back', async (t) => {
  const program = startProgram(t, process.execPath, [
    runnable('testing/programs/throwing-while-decoding.ts'),
  ]);
  assert.equal(await program.ended, 0);
  assert.deepEqual(program.lines, ['uncaught at the ping', 'message Hello', 'close 1006']);
});

test('§5.5.3 200,000 pings from a peer that reads nothing leave memory bounded', async (t) => {
  const { socket, raw } = await connectRaw(t);
  raw.pause();
  let pings = 0;
  socket.on('ping', () => void pings++);
  const batch = Buffer.concat(
    Array.from({ length: 1000 }, () => clientFrame('x'.repeat(125), Opcode.ping)),
  );
  const before = process.memoryUsage().rss;
  let isStuck = false;
  for (let i = 0; i < 200 && !isStuck; i++) {
    // A server that holds too much stops reading; then so does this peer stop writing.
    if (!raw.write(batch)) {
      const drained = once(raw, 'drain').then(() => true);
      isStuck = !(await Promise.race([drained, turns(200).then(() => false)]));
    }
    assert.ok(socket.bufferedAmount < 2 * 1024 * 1024, `${socket.bufferedAmount} bytes wait`);
  }
  assert.ok(pings > 10_000, `${pings} pings were read`);
  assert.ok(process.memoryUsage().rss - before < 150 * 1024 * 1024);
  assert.equal(socket.readyState, WebSocket.OPEN);
});

for (const [what, rateLimit, frame] of [
  ['messages', { messages: { perSecond: 1, burst: 3 } }, clientFrame('x')],
  ['bytes', { bytes: { perSecond: 1, burst: 30 } }, clientFrame('0123456789')],
  ['control frames', { controlFrames: { perSecond: 1, burst: 3 } }, clientFrame('', Opcode.ping)],
] as const) {
  test(`§7.4.1 more ${what} than the limit: what fits arrives, then 1008`, async (t) => {
    const { socket, raw } = await connectRaw(t, { rateLimit });
    const told = record(socket);
    const answer = readToEnd(raw);
    raw.write(Buffer.concat(Array(5).fill(frame)));
    const bytes = await answer;
    await until(() => told.length === 5);
    assert.match(told[3]!, new RegExp(`^error expected fewer ${what} a second`));
    assert.equal(told[4], 'close 1006');
    assert.equal(socket.outcome?.error?.code, 'ERR_WS_RATE_LIMIT');
    assert.match(describeFrames(bytes).at(-1) ?? '', /^fin 8 1008 expected fewer/);
  });
}

test('§5.5.2 the pongs of our own heartbeat are not charged to the peer', async (t) => {
  const heartbeat = { intervalMs: 1, timeoutMs: 1 };
  const rateLimit = { controlFrames: { perSecond: 0.001, burst: 1 } };
  const { server, client } = await connect(t, { heartbeat, rateLimit }, { heartbeat: false });
  const pings = record(client, 'ping');
  await until(() => pings.length >= 3);
  await until(() => server.roundTripTimeMs !== undefined);
  assert.equal(server.readyState, WebSocket.OPEN);
});

test('§7.1.1 a peer that never ends its side is cut after closeTimeout', async (t) => {
  const { socket, raw } = await connectRaw(t, { closeTimeout: 10 });
  raw.resume();
  const told = record(socket);
  socket.close(1000);
  await until(() => told.length === 1);
  assert.deepEqual(told, ['close 1006']);
});

test('§7.1.1 a client whose server does not end the transport cuts it, and was clean', async (t) => {
  const { client, server } = await connect(t, {}, { closeTimeout: 10 });
  const transport = server._socket!;
  t.mock.method(transport, 'end', () => transport);
  server.close(4000, 'bye');
  const closed = await closeOf(client);
  assert.deepEqual([closed.code, client.wasClean], [4000, true]);
});

test('what a listener throws comes to the caller of resume; the rest follows in a later turn', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server);
  server.on('message', (data) => {
    if (String(data) === '0') server.pause();
    else if (String(data) === '1') throw new Error('thrown');
  });
  for (let i = 0; i < 3; i++) client.send(String(i));
  client.close(1001);
  await until(() => told.length === 1);
  assert.throws(() => server.resume(), /^Error: thrown$/);
  assert.equal(server.isPaused, false);
  await until(() => told.length === 4);
  assert.deepEqual(told, ['message 0', 'message 1', 'message 2', 'close 1001']);
});

for (const sender of ['client', 'server'] as const) {
  test(`a slow reader holds a ${sender} up: memory is bounded, each message once, in order`, async (t) => {
    const ends = await connect(t);
    const [from, to] =
      sender === 'client' ? [ends.client, ends.server] : [ends.server, ends.client];
    const count = 1500;
    const got: number[] = [];
    let most = 0;
    const reading = (async () => {
      for await (const message of to) {
        got.push(Number(String(message).slice(0, 6)));
        if (got.length % 10 === 0) await turns(1);
      }
    })();
    for (let i = 0; i < count; i++) {
      const text = String(i).padStart(6, '0') + 'x'.repeat(20_000);
      if (from.send(text) !== 'sent') await from.drained();
      most = Math.max(most, from.bufferedAmount);
    }
    from.close(1000);
    await reading;
    assert.deepEqual(
      got,
      Array.from({ length: count }, (_, i) => i),
    );
    assert.ok(most < 512 * 1024, `${most} bytes were waiting`);
    assert.equal(to.outcome?.code, 1000);
  });
}

test('frames that come in one chunk with the handshake follow open', async (t) => {
  const [client] = pairFor(t);
  const head = encodeFrame({ opcode: Opcode.text, payload: Buffer.from('early') });
  const socket = new WebSocket(null);
  const order: string[] = [];
  socket.on('open', () => order.push('open'));
  socket.on('message', (data) => order.push(`message ${data} ${socket.send('x')}`));
  const transport = client._socket!;
  // A socket that flows already, as one does whose handshake was read by `data`.
  transport.resume();
  await turns(1);
  socket.establish({ role: 'client', socket: transport, head, protocol: '' });
  assert.deepEqual(order, ['open']);
  await until(() => order.length === 2);
  assert.deepEqual(order, ['open', 'message early sent']);
});

test('chunks of a foreign Duplex are copied, not unmasked where they lie', async (t) => {
  const [, server] = pairFor(t);
  const told = record(server, 'message');
  const frame = clientFrame('same');
  const before = Buffer.from(frame);
  server._socket!.push(frame);
  await until(() => told.length === 1);
  assert.deepEqual(frame, before);
});

test('without listeners a broken rule closes the connection and says where it was', async (t) => {
  const { socket, raw } = await connectRaw(t);
  const answer = readToEnd(raw);
  raw.write(Buffer.concat([clientFrame('fine'), Buffer.from('c18001020304', 'hex')]));
  await answer;
  await until(() => socket.readyState === WebSocket.CLOSED);
  const { error, code, wasClean } = socket.outcome!;
  assert.deepEqual([code, wasClean], [CloseCode.abnormal, false]);
  assert.equal(error?.code, 'ERR_WS_RESERVED_BITS');
  assert.equal(error.frame?.byteOffset, 10);
  assert.deepEqual(error.frame.header, {
    fin: true,
    rsv1: true,
    rsv2: false,
    rsv3: false,
    opcode: 1,
    masked: true,
    payloadLength: undefined,
  });
  assert.match(error.frame.lastBytes, /^c1 80/);
  assert.match(error.likelyCauses[0] ?? '', /permessage-deflate/);
});
