/** Compression at work between our own ends over sockets, and where it is cut off in the middle. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { zlibLimiter } from '../../../src/websocket/deflate/limiter.ts';
import { MessageDeflate } from '../../../src/websocket/deflate/message-deflate.ts';
import type { DeflateOptions } from '../../../src/websocket/index.ts';
import { PreparedMessage, WebSocket } from '../../../src/websocket/index.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import { closeOf, startClient, startServer } from '../../../testing/websocket-peers.ts';
import { connect, turns, until } from '../../../testing/websocket-pairs.ts';

/** Two ends that have agreed on compression. */
async function compressing(
  t: TestContext,
  server: boolean | DeflateOptions = true,
  client: boolean | DeflateOptions = {},
) {
  const pair = await connect(t, { perMessageDeflate: server }, { perMessageDeflate: client });
  assert.equal(pair.client.extensions, 'permessage-deflate');
  return pair;
}

/** The next `count` messages, as `text` or as `<hex>`. */
async function messagesOf(socket: WebSocket, count: number): Promise<string[]> {
  const told: string[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on('message', (data, isBinary) => {
      told.push(isBinary ? `<${data.toString('hex')}>` : data.toString());
      if (told.length === count) resolve();
    });
  });
  await all;
  return told;
}

/** How often a method was called, in all connections of this process. */
function countCalls(
  t: TestContext,
  name: 'encode' | 'encodeShared' | 'forgetContext',
): () => number {
  const { mock } = t.mock.method(MessageDeflate.prototype, name);
  return () => mock.callCount();
}

const bits = [8, 9, 12, 15, undefined];
const settings: { server: DeflateOptions; client: DeflateOptions }[] = bits.flatMap((serverBits) =>
  [true, undefined].flatMap((serverForgets) =>
    [true, undefined].map((clientForgets) => ({
      server: { serverNoContextTakeover: serverForgets, clientMaxWindowBits: serverBits },
      client: {
        clientNoContextTakeover: clientForgets,
        serverMaxWindowBits: serverBits,
        threshold: serverBits === 9 ? 0 : undefined,
      },
    })),
  ),
);

/** Sends one message in some way that the random number says; answers with what has to arrive. */
function sendSome(socket: WebSocket, random: SeededRandom): string {
  const length = random.pick([0, 1, 20, 130, 1100, 5000, 70_000]);
  const words = ['alpha', 'beta', 'gamma', random.bytes(4).toString('hex')];
  let text = '';
  while (text.length < length) text += random.pick(words);
  text = text.slice(0, length);
  const bytes = Buffer.from(text);
  const asBinary = `<${bytes.toString('hex')}>`;
  switch (random.below(8)) {
    case 0:
      socket.send(bytes);
      return asBinary;
    case 1:
      socket.send(text, { compress: false });
      return text;
    case 2:
      socket.send(new Blob([bytes]));
      return asBinary;
    case 3:
      socket.send(new PreparedMessage(text));
      return text;
    case 4:
      socket.send(text, { fin: false });
      socket.ping('between');
      socket.send('', { fin: false });
      socket.send('end', { fin: true });
      return `${text}end`;
    case 5:
      socket.send(bytes, { fin: false, compress: false });
      socket.send(bytes, { fin: true });
      return `<${bytes.toString('hex')}${bytes.toString('hex')}>`;
    default:
      socket.send(text);
      return text;
  }
}

test('messages of all kinds arrive as they were sent, in order, whatever was agreed on', async (t) => {
  const random = seededRandom(t);
  for (const { server: servers, client: clients } of settings) {
    const { client, server } = await compressing(t, servers, clients);
    const count = 25;
    const arrive = [messagesOf(client, count), messagesOf(server, count)];
    const sent: string[][] = [[], []];
    for (let i = 0; i < count; i++) {
      sent[0]!.push(sendSome(server, random));
      sent[1]!.push(sendSome(client, random));
      if (random.below(4) === 0) await turns();
    }
    assert.deepEqual(await Promise.all(arrive), sent, JSON.stringify({ servers, clients }));
    client.terminate();
  }
});

test('1 MiB each way, and the callbacks in order', async (t) => {
  const { client, server } = await compressing(t);
  const large = 'abcdefgh'.repeat(128 * 1024);
  const written: number[] = [];
  server.send(large, () => written.push(1));
  server.send('', () => written.push(2));
  server.send('plain', { compress: false }, () => written.push(3));
  assert.deepEqual(await messagesOf(client, 3), [large, '', 'plain']);
  await until(() => written.length === 3);
  assert.deepEqual(written, [1, 2, 3]);
});

test('messages below the threshold stay as they are where no context is kept', async (t) => {
  const encoded = countCalls(t, 'encode');
  const { client, server } = await compressing(t, {
    serverNoContextTakeover: true,
    threshold: 100,
  });
  const arrived = messagesOf(client, 3);
  server.send('x'.repeat(99));
  server.send('x'.repeat(100));
  server.send('x'.repeat(5), { fin: false });
  server.send('x', { fin: true });
  await arrived;
  assert.equal(encoded(), 3, 'the second, and both fragments');
});

test('a prepared message is compressed once for each size of window', async (t) => {
  const shared = countCalls(t, 'encodeShared');
  const forgotten = countCalls(t, 'forgetContext');
  const { server, url } = await startServer(t, { perMessageDeflate: true });
  const kinds: (DeflateOptions | boolean)[] = [
    true,
    true,
    { serverMaxWindowBits: 10 },
    false,
    true,
  ];
  const clients = [];
  for (const perMessageDeflate of kinds) {
    const client = startClient(t, url, [], { perMessageDeflate });
    await once(client, 'open');
    clients.push(client);
  }
  const text = 'to all of you, all of you, '.repeat(100);
  const arrived = clients.map((client) => messagesOf(client, 4));
  // Around it what each says for itself: contexts begin anew behind the shared frame.
  for (const socket of server.clients) socket.send('before, before');
  assert.deepEqual(server.broadcast(text).dropped, 0);
  for (const socket of server.clients) socket.send('before, behind');
  for (const socket of server.clients) socket.send(text);
  for (const told of await Promise.all(arrived)) {
    assert.deepEqual(told, ['before, before', text, 'before, behind', text]);
  }
  assert.equal(shared(), 2);
  assert.equal(forgotten(), 4);
  server.broadcast('short');
  assert.equal(shared(), 2, 'below the threshold: the plain frame');
});

test('compress: false holds for a prepared message too, and for a broadcast', async (t) => {
  const shared = countCalls(t, 'encodeShared');
  const { server, url } = await startServer(t, { perMessageDeflate: true });
  const client = startClient(t, url);
  await once(client, 'open');
  const [socket] = server.clients;
  const secret = 'a secret '.repeat(1000);
  const arrived = messagesOf(client, 5);
  server.broadcast(secret, { compress: false });
  socket!.send(new PreparedMessage(secret), { compress: false });
  // Behind a message that is being compressed it waits, and is sent as it is all the same.
  socket!.send('first');
  socket!.send(new PreparedMessage(secret), { compress: false });
  server.broadcast(secret, { compress: false });
  assert.deepEqual(await arrived, [secret, secret, 'first', secret, secret]);
  assert.equal(shared(), 0);
});

test('pause holds back a message that is being inflated, resume lets it out, once', async (t) => {
  const { client, server } = await compressing(t);
  const told: string[] = [];
  client.on('message', (data) => told.push(data.toString()));
  server.send('one');
  server.send('two');
  await until(() => told.length === 2);
  client.pause();
  server.send('three');
  server.ping('behind');
  server.send('four');
  await turns(20);
  assert.deepEqual(told, ['one', 'two']);
  client.resume();
  await until(() => told.length === 4);
  assert.deepEqual(told, ['one', 'two', 'three', 'four']);
  // From within: what comes next waits for the resume.
  client.once('message', () => client.pause());
  server.send('five');
  server.send('six');
  await until(() => told.length === 5);
  await turns(5);
  client.resume();
  await until(() => told.length === 6);
});

test('answers that are being compressed go out before our close frame', async (t) => {
  const { client, server } = await compressing(t);
  const text = 'an answer, '.repeat(20_000);
  server.on('message', () => {
    server.send(text);
    server.send('last');
  });
  client.send('ask');
  client.close(1000);
  const [arrived, serverClose, clientClose] = await Promise.all([
    messagesOf(client, 2),
    closeOf(server),
    closeOf(client),
  ]);
  assert.deepEqual(arrived, [text, 'last']);
  assert.deepEqual([serverClose.code, clientClose.code], [1000, 1000]);
});

test('what was sent before close() arrives before it', async (t) => {
  const { client, server } = await compressing(t);
  const arrived = messagesOf(client, 2);
  server.send('x'.repeat(100_000));
  server.send('y');
  server.close(1001, 'bye');
  assert.equal((await arrived)[1], 'y');
  assert.deepEqual(await closeOf(client), { code: 1001, reason: 'bye' });
});

for (const end of ['terminate', 'reset'] as const) {
  test(`${end} while both ends compress and inflate: each callback once, nothing left`, async (t) => {
    for (let round = 0; round < 10; round++) {
      const { client, server } = await compressing(t);
      const fates: number[] = [];
      let asked = 0;
      for (const socket of [client, server]) {
        socket.on('message', () => {});
        for (let i = 0; i < 5; i++) {
          const id = asked++;
          socket.send('abc'.repeat(50_000), () => fates.push(id));
        }
        socket.send(new PreparedMessage('x'.repeat(2000)), () => fates.push(-1));
      }
      const closes = [closeOf(client), closeOf(server)];
      await turns(round);
      if (end === 'terminate') server.terminate();
      else (server._socket as import('node:net').Socket).resetAndDestroy();
      await Promise.all(closes);
      await turns(2);
      assert.deepEqual(
        fates.sort((a, b) => a - b),
        [-1, -1, ...Array.from({ length: asked }, (_, i) => i)],
      );
    }
    await until(() => zlibLimiter.running === 0);
    assert.equal(zlibLimiter.waiting, 0);
  });
}

test('terminate in the listener of an inflated message', async (t) => {
  const { client, server } = await compressing(t);
  const told: string[] = [];
  client.on('message', (data) => {
    told.push(data.toString());
    client.terminate();
  });
  server.send('one');
  server.send('two');
  await closeOf(client);
  await turns(5);
  assert.deepEqual(told, ['one']);
});

test('compressing that fails ends the connection: 1011 for the peer, ERR_WS_DEFLATE for us', async (t) => {
  const { client, server } = await compressing(t);
  t.mock.method(
    MessageDeflate.prototype,
    'encode',
    (_data: Uint8Array, _fin: boolean, done: (error: Error, encoded: Buffer) => void) =>
      setImmediate(done, new Error('no memory'), Buffer.alloc(0)),
  );
  const errors: (Error & { code?: string })[] = [];
  server.on('error', (error) => errors.push(error));
  const dropped: unknown[] = [];
  server.send('x', (error) => dropped.push(error));
  server.send('y', (error) => dropped.push(error));
  assert.equal((await closeOf(client)).code, 1011);
  if (server.readyState !== WebSocket.CLOSED) await closeOf(server);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['ERR_WS_DEFLATE'],
  );
  assert.match(String(errors[0]!.cause), /no memory/);
  assert.equal(dropped.length, 2);
  assert.ok(dropped.every((error) => error instanceof Error));
});
