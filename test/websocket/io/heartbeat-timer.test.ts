import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { HeartbeatTimer, startHeartbeat } from '../../../src/websocket/io/heartbeat-timer.ts';
import { decodeFrame, Opcode, WebSocket } from '../../../src/websocket/index.ts';
import {
  clientFrame,
  connect,
  connectRaw,
  pairFor,
  record,
  turns,
  until,
} from '../../../testing/websocket-pairs.ts';
import { closeOf } from '../../../testing/websocket-peers.ts';

const calls = { ping: () => {}, dead: () => {} };

test('§5.5.2 true and undefined start a heartbeat, false does not', () => {
  assert.equal(startHeartbeat(false, calls), undefined);
  for (const option of [undefined, true, {}, { intervalMs: 5 }]) {
    const timer = startHeartbeat(option, calls);
    assert.ok(timer instanceof HeartbeatTimer);
    timer.stop();
  }
});

test('§5.5.2 stopped, a heartbeat asks for nothing more', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const asked: string[] = [];
  const timer = new HeartbeatTimer(100, 50, {
    ping: (payload) => void asked.push(`ping ${payload.length}`),
    dead: (timeoutMs) => void asked.push(`dead ${timeoutMs}`),
  });
  const pass = (ms: number) => {
    for (let i = 0; i < ms; i++) {
      nowMs++;
      t.mock.timers.tick(1);
    }
  };
  pass(99);
  assert.deepEqual(asked, []);
  pass(2);
  assert.deepEqual(asked, ['ping 4']);
  timer.hold();
  pass(500);
  timer.release();
  assert.deepEqual(asked, ['ping 4']);
  pass(60);
  assert.deepEqual(asked, ['ping 4', 'dead 50']);
  timer.stop();
  pass(1000);
  assert.equal(asked.length, 2);
});

for (const role of ['client', 'server'] as const) {
  test(`§5.5.2 a ${role} pings, measures the way, and tells nobody of the pong`, async (t) => {
    const heartbeat = { intervalMs: 2, timeoutMs: 10_000 };
    const options = [role === 'server' ? heartbeat : false, role === 'client' ? heartbeat : false];
    const [server, client] = options.map((each) => ({ heartbeat: each }));
    const ends = await connect(t, server, client);
    const [mine, theirs] =
      role === 'client' ? [ends.client, ends.server] : [ends.server, ends.client];
    const pongs = record(mine, 'pong');
    assert.equal(mine.roundTripTimeMs, undefined);
    const [payload] = (await once(theirs, 'ping')) as [Buffer];
    assert.equal(payload.length, 4);
    await until(() => mine.roundTripTimeMs !== undefined);
    assert.ok(mine.roundTripTimeMs! >= 0);
    assert.equal(theirs.roundTripTimeMs, undefined);
    assert.deepEqual(pongs, []);
    theirs.pong('unasked');
    await until(() => pongs.length === 1);
    assert.deepEqual(pongs, ['pong unasked']);
  });
}

test('§5.5.2 a peer that is silent is dead: 1006 and an error', async (t) => {
  const { socket, raw } = await connectRaw(t, { heartbeat: { intervalMs: 5, timeoutMs: 5 } });
  const told = record(socket);
  const [[first]] = await Promise.all([once(raw, 'data') as Promise<[Buffer]>, closeOf(socket)]);
  assert.equal(decodeFrame(first)?.frame.opcode, Opcode.ping);
  assert.equal(told.length, 2);
  assert.match(told[0]!, /^error expected any byte within 5 ms of a ping, got none/);
  assert.equal(told[1], 'close 1006');
  assert.equal(socket.outcome?.error?.code, 'ERR_WS_HEARTBEAT_TIMEOUT');
  assert.equal(socket.outcome?.wasClean, false);
});

test('§5.5.2 a dead peer ends the process of nobody who does not listen to error', async (t) => {
  const { socket } = await connectRaw(t, { heartbeat: { intervalMs: 5, timeoutMs: 5 } });
  assert.equal((await closeOf(socket)).code, 1006);
});

test('§5.5.2 any byte is life, not only a pong', async (t) => {
  const { socket, raw } = await connectRaw(t, { heartbeat: { intervalMs: 5, timeoutMs: 100 } });
  socket.on('message', () => {});
  for (let pings = 0; pings < 3; pings++) {
    await once(raw, 'data');
    raw.write(clientFrame('no pong'));
  }
  assert.equal(socket.readyState, WebSocket.OPEN);
  assert.equal(socket.roundTripTimeMs, undefined);
});

test('§5.5.2 a peer is not dead because we do not read', async (t) => {
  const [client, server] = pairFor(t, { heartbeat: { intervalMs: 2, timeoutMs: 2 } });
  // Neither answers a ping, and each has a reason to know why nothing comes: it does not read.
  const told = [...record(server, 'close'), ...record(client, 'close')];
  server.pause();
  client.pause();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await turns(2);
  assert.deepEqual(told, []);
  assert.deepEqual([client.readyState, server.readyState], [WebSocket.OPEN, WebSocket.OPEN]);
});
