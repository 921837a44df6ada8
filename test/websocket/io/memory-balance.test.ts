/** Whatever happens to connections, the budget of the process has everything back in the end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { compressOnce } from '../../../src/websocket/deflate/compressor.ts';
import { zlibLimiter } from '../../../src/websocket/deflate/limiter.ts';
import { encodeFrame, memoryBudget, Opcode, PreparedMessage } from '../../../src/websocket/index.ts';
import type { WebSocket } from '../../../src/websocket/index.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import { clientFrame, connect, connectRaw, turns, until } from '../../../testing/websocket-pairs.ts';
import { closeOf } from '../../../testing/websocket-peers.ts';

const prepared = new PreparedMessage(Buffer.alloc(70_000, 'p'));

/** Does one thing, as a program might. */
function act(socket: WebSocket, random: SeededRandom): void {
  const choice = random.below(24);
  const size = random.pick([0, 10, 3000, 200_000]);
  const data = random.below(2) === 0 ? random.bytes(size) : Buffer.alloc(size, 'a');
  if (choice < 12) socket.send(data, { compress: random.below(4) > 0 });
  else if (choice < 15) socket.send(data, { fin: random.below(2) === 0 });
  else if (choice === 15) socket.send(prepared);
  else if (choice === 16) socket.send(new Blob([data]));
  else if (choice === 17) socket.ping('?');
  else if (choice === 18) socket.pause();
  else if (choice < 23) socket.resume();
  else if (random.below(4) === 0) socket.close();
  else if (random.below(4) === 0) socket.terminate();
}

for (const perMessageDeflate of [false, { threshold: 100 }]) {
  const how = perMessageDeflate === false ? 'plain' : 'compressed';
  test(`${how}: random traffic and ends leave nothing charged`, async (t) => {
    const random = seededRandom(t);
    assert.equal(memoryBudget.usedBytes, 0);
    let mostUsed = 0;
    for (let round = 0; round < 12; round++) {
      const policy = random.pick(['close', 'drop-newest', 'drop-oldest'] as const);
      const options = { perMessageDeflate, sendQueue: { policy, maxBytes: 500_000 } };
      const { client, server } = await connect(t, options, options);
      const ends = [client, server];
      const closed = ends.map((end) => closeOf(end));
      let isActing = true;
      const react = () => void (isActing && act(random.pick(ends), random));
      for (const end of ends) end.on('message', react);
      for (let step = 0; step < 60; step++) {
        // Too early, or too late, is what a program would be told; here it does not matter.
        act(random.pick(ends), random);
        mostUsed = Math.max(mostUsed, memoryBudget.usedBytes);
        if (random.below(6) === 0) await turns(1);
      }
      // Nobody pauses any more: `close` would wait for a reader.
      isActing = false;
      for (const end of ends) end.resume();
      const isClean = random.below(3) === 0;
      if (isClean) client.close();
      else random.pick(ends).terminate();
      await Promise.all(closed);
    }
    await turns(2);
    assert.ok(mostUsed > 0, 'something was charged');
    assert.equal(memoryBudget.usedBytes, 0);
  });
}

test('§7.4.1 a peer whose message the process has no room for is told 1013, others go on', async (t) => {
  const before = memoryBudget.maxBytes;
  t.after(() => (memoryBudget.maxBytes = before));
  const { socket, raw } = await connectRaw(t);
  const { client, server } = await connect(t);
  raw.write(clientFrame(Buffer.alloc(1000), 2, false));
  await until(() => memoryBudget.usedBytes === 1000);
  memoryBudget.maxBytes = 1500;
  const closed = closeOf(socket);
  raw.write(clientFrame(Buffer.alloc(1000), 0, false));
  await closed;
  assert.equal(socket.outcome?.error?.code, 'ERR_WS_MEMORY_BUDGET');
  assert.equal(socket.outcome?.error?.closeCode, 1013);
  assert.equal(memoryBudget.usedBytes, 0);
  client.send(Buffer.alloc(100));
  assert.equal((await once(server, 'message'))[0].length, 100, 'whole in one chunk: no charge');
  // What would have to wait is refused as if the queue were full.
  memoryBudget.maxBytes = 0;
  assert.equal(client.send(new Blob(['x'])), 'dropped');
  await closeOf(client);
  assert.equal(client.outcome?.error?.code, 'ERR_WS_SEND_QUEUE_FULL');
  assert.equal(memoryBudget.usedBytes, 0);
});

test('§7.1.4 close comes though the end waited for a message that is not decoded any more', async (t) => {
  const workers = Array.from({ length: zlibLimiter.limit }, () => ({ start: () => {} }));
  t.after(() => workers.forEach((worker) => zlibLimiter.leave(worker)));
  workers.forEach((worker) => zlibLimiter.enter(worker));
  const perMessageDeflate = true;
  const { client, server } = await connect(t, { perMessageDeflate }, { perMessageDeflate });
  const transportClosed = new Promise((resolve) => server._socket!.once('close', resolve));
  const fields = { opcode: Opcode.text, rsv1: true, maskingKey: 0x01020304 };
  client._socket!.write(encodeFrame({ ...fields, payload: compressOnce(Buffer.from('a'), 15) }));
  await until(() => server.memory().decoding > 0);
  (client._socket as Socket).resetAndDestroy();
  await transportClosed;
  const closed = once(server, 'close');
  assert.equal(server.outcome, undefined, 'a message is still on its way');
  server.terminate();
  await closed;
  assert.equal(memoryBudget.usedBytes, 0);
  assert.equal(server.memory().total, 0);
});
