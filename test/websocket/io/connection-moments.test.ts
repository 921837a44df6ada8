/** Calls at every moment of a connection: `close` comes once and last, messages once and in order. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createPair, WebSocket } from '../../../src/websocket/index.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import { connect, pairFor, record, turns, until } from '../../../testing/websocket-pairs.ts';
import { startClient, startServer } from '../../../testing/websocket-peers.ts';

const acts: Record<string, (socket: WebSocket) => void> = {
  close: (socket) => socket.close(4000, 'mine'),
  terminate: (socket) => socket.terminate(),
  'close, then terminate': (socket) => {
    socket.close(4000, 'mine');
    socket.terminate();
  },
  'terminate, then close': (socket) => {
    socket.terminate();
    socket.close(4000);
  },
  'pause, then close, then resume': (socket) => {
    socket.pause();
    socket.close(4000, 'mine');
    socket.resume();
  },
};

for (const [name, act] of Object.entries(acts)) {
  for (const moment of ['message', 'ping', 'pong'] as const) {
    test(`${name}, called by a listener of ${moment}: close is told once, and last`, async (t) => {
      const { client, server } = await connect(t);
      const told = [record(client), record(server)] as const;
      server.on(moment, () => act(server));
      client.send('before');
      client.ping('before');
      client.pong('before');
      client.send('behind');
      await until(() => told.every((lines) => lines.some((line) => line.startsWith('close'))));
      await turns(5);
      for (const lines of told) {
        assert.equal(lines.filter((line) => line.startsWith('close')).length, 1, lines.join());
        assert.match(lines.at(-1)!, /^close (4000 mine|1006)$/);
      }
      assert.deepEqual([client.readyState, server.readyState], [3, 3]);
      act(server);
      assert.equal(server.readyState, WebSocket.CLOSED);
    });
  }

  test(`${name}, called before the connection is open: an error, then 1006`, async (t) => {
    const { url } = await startServer(t);
    const client = startClient(t, url);
    const told = record(client);
    act(client);
    assert.equal(client.readyState, WebSocket.CLOSING);
    await until(() => told.length === 2);
    await turns(5);
    assert.deepEqual(told, [
      'error the connection was closed before it was established',
      'close 1006',
    ]);
    assert.equal(client.outcome?.code, 1006);
  });

  test(`${name}, called by a listener of open`, async (t) => {
    const { url } = await startServer(t);
    const client = startClient(t, url);
    const told = record(client);
    client.on('open', () => act(client));
    await until(() => told.length === 1);
    assert.match(told[0]!, /^close (4000 mine|1006)$/);
  });
}

test('calls on a connection that has closed do nothing', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(client);
  client.close();
  await until(() => told.length === 1);
  for (const act of Object.values(acts)) act(client);
  client.pause();
  assert.equal(client.isPaused, false);
  client.resume();
  assert.equal(client.send('late'), 'dropped');
  assert.equal(client.bufferedAmount, 0);
  assert.equal(server.send('late'), 'dropped');
  await turns(5);
  assert.deepEqual(told, ['close 1005']);
});

test('before it is open, sending throws, and says for what to wait', async (t) => {
  const { url } = await startServer(t);
  const client = startClient(t, url);
  for (const call of [() => client.send('x'), () => client.ping(), () => client.pong()]) {
    assert.throws(call, { message: /CONNECTING; wait for "open"$/ });
  }
  client.pause();
  client.resume();
  assert.equal(client._socket, null);
  await once(client, 'open');
});

test('subclasses: of a client, and of what a server makes', async (t) => {
  class Named extends WebSocket {
    name = 'unnamed';
  }
  const { server, url } = await startServer(t, { WebSocket: Named });
  const client = new Named(url);
  t.after(() => client.terminate());
  const [[socket]] = await Promise.all([
    once(server, 'connection') as Promise<[WebSocket]>,
    once(client, 'open'),
  ]);
  for (const end of [client, socket]) {
    assert.ok(end instanceof Named);
    assert.equal(end.name, 'unnamed');
    assert.equal(end.OPEN, 1);
  }
});

test('whatever both ends do, at random: close once and last, messages once and in order', async (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 150; round++) {
    const options = { allowSynchronousEvents: random.below(2) === 1, closeTimeout: 20 };
    const pair = createPair({ ...options, readerTimeoutMs: 5 });
    const told = pair.map((end) => record(end, 'message', 'close'));
    const sent: string[][] = [[], []];
    for (let step = 0; step < 30; step++) {
      const which = random.below(2) as 0 | 1;
      const socket = pair[which];
      const act = random.below(41);
      const size = random.below(9) === 0 ? 100_000 : random.below(51);
      if (act < 22) {
        const text = `${sent[which]!.length} `.padEnd(size, '.');
        if (socket.readyState === WebSocket.OPEN) sent[which]!.push(`message ${text}`);
        socket.send(text);
      } else if (act < 26) socket.pause();
      else if (act < 33) socket.resume();
      else if (act < 36) await turns(1 + random.below(3));
      else if (act < 38) socket.ping();
      else if (act === 38) socket.close(4000);
      else if (act === 39) socket.terminate();
      else socket._socket!.destroy();
    }
    for (const end of pair) end.resume();
    pair[0].close();
    for (const end of pair) end.resume();
    await until(() => told.every((lines) => lines.at(-1)?.startsWith('close') === true));
    for (const which of [0, 1]) {
      const lines = told[1 - which]!;
      const messages = lines.slice(0, -1);
      const want = sent[which]!.slice(0, messages.length);
      assert.deepEqual(messages, want, `round ${round}`);
    }
  }
});
