import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { diagnostics } from '../../../src/websocket/io/diagnostics.ts';
import { clientFrame, connect, connectRaw, until } from '../../../testing/websocket-pairs.ts';
import { closeOf } from '../../../testing/websocket-peers.ts';

interface Told {
  name: string;
  socket: unknown;
  role: string;
  [field: string]: unknown;
}

function watch(t: { after(work: () => void): void }): Told[] {
  const told: Told[] = [];
  for (const what of ['open', 'close', 'error']) {
    const listener = (message: unknown) => {
      told.push({ name: what, ...(message as Omit<Told, 'name'>) } as Told);
    };
    subscribe(`barewire:websocket:${what}`, listener);
    t.after(() => void unsubscribe(`barewire:websocket:${what}`, listener));
  }
  return told;
}

test('without subscribers nothing is published', () => {
  for (const channel of Object.values(diagnostics)) assert.equal(channel.hasSubscribers, false);
});

test('both roles tell of open and close, with code, reason and counts', async (t) => {
  const told = watch(t);
  const { client, server } = await connect(t);
  server.on('message', (data) => server.send(data));
  client.on('message', () => {});
  client.send('1');
  client.send('2');
  await until(() => client.counts.messagesReceived === 2);
  client.close(4000, 'enough');
  await until(() => told.length === 4);
  assert.deepEqual(told.map(({ name, role }) => `${name} ${role}`).sort(), [
    'close client',
    'close server',
    'open client',
    'open server',
  ]);
  for (const { name, socket, role, code, reason, wasClean, counts } of told) {
    assert.equal(socket, role === 'client' ? client : server);
    if (name === 'open') continue;
    assert.deepEqual({ code, reason, wasClean }, { code: 4000, reason: 'enough', wasClean: true });
    assert.deepEqual(counts, { messagesReceived: 2, messagesSent: 2 });
  }
});

test('errors are told also where nobody listens to them', async (t) => {
  const told = watch(t);
  const { socket, raw } = await connectRaw(t);
  raw.write(clientFrame('', 3 as never));
  raw.resume();
  await closeOf(socket);
  const error = told.find(({ name }) => name === 'error');
  assert.equal((error?.['error'] as { code?: string }).code, 'ERR_WS_OPCODE');
  assert.deepEqual(
    told.map(({ name, role }) => `${name} ${role}`),
    ['open server', 'error server', 'close server'],
  );
});
