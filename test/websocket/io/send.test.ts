import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { createPair, PreparedMessage, WebSocket } from '../../../src/websocket/index.ts';
import type { SendResult } from '../../../src/websocket/index.ts';
import { checkMask, readControl } from '../../../src/websocket/io/send.ts';
import type { ControlArguments } from '../../../src/websocket/io/send.ts';
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

const outcomeOf = (socket: WebSocket, data: string | Buffer) =>
  new Promise<string>((resolve) => {
    socket.send(data, (error) => resolve(error?.message ?? 'written'));
  });

test('§5.6 every form of data arrives as its bytes, views at odd offsets as what they show', async (t) => {
  const [client, server] = pairFor(t);
  const memory = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).buffer;
  const shared = new SharedArrayBuffer(2);
  new Uint8Array(shared).set([8, 9]);
  const table: [Parameters<WebSocket['send']>[0], string][] = [
    ['text', 'text 74657874'],
    ['', 'text '],
    [Buffer.from([1, 2]), 'binary 0102'],
    [Buffer.alloc(0), 'binary '],
    [new Uint8Array(memory, 3, 2), 'binary 0304'],
    [new Uint16Array(memory, 2, 1), 'binary 0203'],
    [new Float32Array(memory, 4, 1), 'binary 04050607'],
    [new DataView(memory, 7, 3), 'binary 070809'],
    [memory, 'binary 00010203040506070809'],
    [shared, 'binary 0809'],
    [new Blob(['b', 'c']), 'binary 6263'],
    [new PreparedMessage('prepared'), 'text 7072657061726564'],
  ];
  const got: string[] = [];
  server.on('message', (data, isBinary) => {
    got.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`);
  });
  for (const [data] of table) client.send(data);
  await until(() => got.length === table.length);
  assert.deepEqual(
    got,
    table.map(([, want]) => want),
  );
});

test('§5.6 `binary` decides over the form', async (t) => {
  const [client, server] = pairFor(t);
  const got: string[] = [];
  server.on('message', (data, isBinary) => void got.push(`${isBinary} ${data}`));
  client.send('a', { binary: true });
  client.send(Buffer.from('b'), { binary: false });
  client.send(new Blob(['c']), { binary: false });
  client.send('d', { binary: undefined, compress: true });
  await until(() => got.length === 4);
  assert.deepEqual(got, ['true a', 'false b', 'false c', 'false d']);
});

test('what is no data is a TypeError that says what it is', (t) => {
  const [client] = pairFor(t);
  for (const [data, what] of [
    [50, 'number 50'],
    [true, 'boolean true'],
    [[1, 2], 'an Array'],
    [{ length: 3 }, 'object'],
    [null, 'null'],
    [undefined, 'undefined'],
    [50n, 'bigint'],
    [() => {}, 'function'],
  ]) {
    assert.throws(() => client.send(data as string), {
      name: 'TypeError',
      message: new RegExp(`^data must be a string.*, got ${String(what)}$`),
    });
    if (data === undefined || typeof data === 'function') continue;
    assert.throws(() => client.ping(data as string), TypeError);
    assert.throws(() => client.pong(data as string), TypeError);
  }
  assert.equal(client.bufferedAmount, 0);
});

test('§5.5 the arguments of ping and pong, in each of their forms', () => {
  const callback = () => {};
  const none = { mask: undefined, callback: undefined };
  for (const [given, want] of [
    [[], { ...none, payload: '' }],
    [['x'], { ...none, payload: 'x' }],
    [[Buffer.from('x')], { ...none, payload: 'x' }],
    [['x', true], { payload: 'x', mask: true, callback: undefined }],
    [['x', false, callback], { payload: 'x', mask: false, callback }],
    [['x', undefined, callback], { payload: 'x', mask: undefined, callback }],
    [['x', callback], { payload: 'x', mask: undefined, callback }],
    [[callback], { payload: '', mask: undefined, callback }],
  ] as const) {
    const got = readControl([...given] as ControlArguments);
    assert.deepEqual({ ...got, payload: Buffer.from(got.payload).toString() }, want);
  }
});

test('§5.5 ping and pong are sent in each form, with their callbacks called', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server, 'ping', 'pong');
  let called = 0;
  const callback = () => void called++;
  assert.equal(client.ping(), 'sent');
  client.ping('text', callback);
  client.ping(Buffer.from('bytes'), true, callback);
  client.pong(callback);
  client.pong('last', undefined, callback);
  await until(() => told.length === 5 && called === 4);
  assert.deepEqual(told, ['ping ', 'ping text', 'ping bytes', 'pong ', 'pong last']);
});

test('§5.1 a mask that the RFC forbids is refused, its own is taken', async (t) => {
  const message = 'mask must be true for a client (RFC 6455 §5.1), got false';
  assert.throws(() => checkMask(false, 'client'), { name: 'TypeError', message });
  assert.throws(() => checkMask(true, 'server'), TypeError);
  for (const mask of [undefined, true]) checkMask(mask, 'client');
  const [client, server] = pairFor(t);
  assert.throws(() => client.send('x', { mask: false }), TypeError);
  assert.throws(() => client.ping('x', false), TypeError);
  assert.throws(() => server.pong('x', true), TypeError);
  const told = record(server, 'message');
  client.send('x', { mask: true });
  await until(() => told.length === 1);
});

test('bytes are copied before send returns, whether they are sent or wait', async (t) => {
  const [client, server] = pairFor(t);
  const filler = Buffer.alloc(1024 * 1024, 'f');
  server.pause();
  const results = new Set<SendResult>();
  const bytes = Buffer.from('unchanged');
  for (let i = 0; i < 4; i++) {
    bytes.write('unchanged');
    results.add(client.send(bytes));
    bytes.fill(0);
    results.add(client.send(filler));
  }
  assert.ok(results.has('sent') && results.has('queued'), [...results].join());
  const small: string[] = [];
  let count = 0;
  server.on('message', (data) => {
    count++;
    if (data.length < 100) small.push(data.toString());
  });
  server.resume();
  await until(() => count === 8);
  assert.deepEqual(small, Array(4).fill('unchanged'));
});

test('a Blob keeps its place, and counts while it is read', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server, 'message');
  assert.equal(client.send(new Blob(['first'])), 'queued');
  assert.equal(client.bufferedAmount, 5);
  client.send('second');
  client.send(new PreparedMessage('third'));
  client.send(new Blob(['fourth']));
  client.send('fifth');
  assert.equal(await client.drained(), true);
  assert.equal(client.bufferedAmount, 0);
  await until(() => told.length === 5);
  const want = ['first', 'second', 'third', 'fourth', 'fifth'].map((each) => `message ${each}`);
  assert.deepEqual(told, want);
});

test('a Blob that cannot be read is dropped; what waits behind it goes on', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server, 'message');
  const broken = new Blob(['never']);
  broken.arrayBuffer = () => Promise.reject(new Error('the file has changed'));
  const dropped = new Promise<Error | undefined>((resolve) => client.send(broken, resolve));
  client.send('next');
  assert.ok((await dropped) instanceof Error);
  assert.equal(await client.drained(), true);
  await until(() => told.length === 1);
  // Alone in the queue, nothing is written that could tell who waits for it.
  client.send(broken);
  assert.equal(await client.drained(), true);
  assert.deepEqual(told, ['message next']);
});

test('a server reads on when what held it up was a Blob that cannot be read', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server, 'message');
  const broken = new Blob([Buffer.alloc(2 * 1024 * 1024)]);
  let reject = (_error: Error) => {};
  broken.arrayBuffer = () => new Promise((_resolve, no) => (reject = no));
  server.send(broken);
  client.send('0');
  await until(() => told.length === 1);
  client.send('1');
  await turns(10);
  assert.equal(told.length, 1);
  reject(new Error('gone'));
  await until(() => told.length === 2);
});

test('§5.4 fragments, prepared messages and Blobs never interleave', async (t) => {
  const [client, server] = pairFor(t);
  const told = record(server, 'message', 'ping');
  client.send('a', { fin: false });
  client.send(new PreparedMessage('prepared'));
  client.send(new Blob(['b']), { fin: false });
  client.ping('between');
  client.send('c');
  client.send('whole');
  await until(() => told.length === 4);
  assert.deepEqual(
    told.filter((line) => line.startsWith('message')),
    ['message abc', 'message prepared', 'message whole'],
  );
});

test('drained in the middle of a fragmented message waits for its end', async (t) => {
  const [client] = pairFor(t);
  client.send('a', { fin: false });
  client.send(new PreparedMessage('behind'));
  let isDrained = false;
  const drained = client.drained().then(() => (isDrained = true));
  await turns(10);
  assert.equal(isDrained, false);
  client.send('b');
  await drained;
});

test('sent, then queued behind a peer that does not read; drained when it does', async (t) => {
  const { client, server } = await connect(t);
  server.pause();
  const results: SendResult[] = [];
  let written = 0;
  const count = 15;
  for (let i = 0; i < count; i++) {
    results.push(client.send(Buffer.alloc(1024 * 1024, i), () => void written++));
    await turns(2);
  }
  assert.equal(results[0], 'sent');
  assert.equal(results.at(-1), 'queued');
  assert.ok(client.bufferedAmount > 0);
  const got: number[] = [];
  server.on('message', (data) => void got.push(data[0]!));
  const drained = client.drained();
  server.resume();
  assert.equal(await drained, true);
  assert.equal(client.bufferedAmount, 0);
  await until(() => got.length === count && written === count);
  assert.deepEqual(
    got,
    Array.from({ length: count }, (_, i) => i),
  );
});

test('dropped when no longer open: the callback says so, drained says false', async (t) => {
  const [client, server] = pairFor(t);
  client.close();
  for (const outcome of [outcomeOf(client, 'late'), outcomeOf(server, 'in time')]) await outcome;
  assert.equal(client.send('late'), 'dropped');
  assert.equal(client.ping(), 'dropped');
  assert.match(await outcomeOf(client, 'late'), /readyState [23] \((CLOSING|CLOSED)\)/);
  await until(() => client.readyState === WebSocket.CLOSED);
  assert.equal(await client.drained(), false);
  const pinged = new Promise<Error | undefined>((resolve) => client.ping('late', true, resolve));
  assert.ok((await pinged) instanceof Error);
});

test('§5.5.1 between the close frame and the end of the transport a client is CLOSING', async (t) => {
  const { client, server } = await connect(t);
  const transport = server._socket!;
  // The server would end the transport now; held back, the client is left waiting for it.
  t.mock.method(transport, 'end', () => transport);
  server.close(1000);
  await until(() => client.readyState === WebSocket.CLOSING);
  assert.equal(client.send('late'), 'dropped');
  assert.match(await outcomeOf(client, 'late'), /readyState 2 \(CLOSING\)/);
  client.terminate();
  assert.equal((await closeOf(client)).code, 1000, 'the close frame had come');
});

for (const policy of ['drop-newest', 'drop-oldest'] as const) {
  test(`a full queue with ${policy} drops whole messages, and tells their callbacks`, async (t) => {
    const sendQueue = { maxBytes: 250_000, policy };
    const { client, server } = await connect(t, {}, { sendQueue });
    server.pause();
    // What the system takes goes first; the queue is what is left.
    while (client.send(Buffer.alloc(64 * 1024, 'f')) === 'sent') await turns(3);
    const outcomes: Promise<string>[] = [];
    for (let i = 0; i < 5; i++) {
      outcomes.push(outcomeOf(client, Buffer.alloc(100_000, String(i))));
    }
    const got: string[] = [];
    server.on('message', (data) => {
      if (data.length === 100_000) got.push(data.toString('latin1', 0, 1));
    });
    server.resume();
    await client.drained();
    const told = await Promise.all(outcomes);
    const written = told.flatMap((outcome, i) => (outcome === 'written' ? [String(i)] : []));
    assert.ok(written.length > 0 && written.length < 5, told.join());
    const all = ['0', '1', '2', '3', '4'];
    const { length } = written;
    assert.deepEqual(written, policy === 'drop-newest' ? all.slice(0, length) : all.slice(-length));
    await until(() => got.length === length);
    assert.deepEqual(got, written);
    assert.equal(client.readyState, WebSocket.OPEN);
  });
}

test('§7.4.1 a full queue closes with 1013 unless another policy is given', async (t) => {
  const { client, server } = await connect(t, {}, { sendQueue: { maxBytes: 100_000 } });
  server.pause();
  const errors = record(client, 'error');
  let result: SendResult = 'sent';
  while (result !== 'dropped') {
    result = client.send(Buffer.alloc(60_000));
    await turns(1);
  }
  assert.equal(client.readyState, WebSocket.CLOSING);
  assert.match(errors[0] ?? '', /got a full send queue/);
  server.on('message', () => {});
  server.resume();
  const [mine, theirs] = await Promise.all([closeOf(client), closeOf(server)]);
  assert.equal(client.outcome?.error?.code, 'ERR_WS_SEND_QUEUE_FULL');
  assert.deepEqual([mine.code, theirs.code], [1006, 1013]);
});

test('a message into an empty queue is taken, however large', async (t) => {
  const [client, server] = pairFor(t, { sendQueue: { maxBytes: 10 } });
  const told: number[] = [];
  server.on('message', (data) => void told.push(data.length));
  client.send(Buffer.alloc(500_000));
  assert.equal(client.send(Buffer.alloc(600_000)), 'queued');
  await client.drained();
  await until(() => told.length === 2);
});

test('bufferedAmount counts every byte until the system has it', async (t) => {
  const [client] = pairFor(t);
  assert.equal(client.bufferedAmount, 0);
  client.send('hello');
  assert.equal(client.bufferedAmount, 5 + 6, 'the frame with its masked header');
  const written = outcomeOf(client, 'again');
  assert.equal(await written, 'written');
  assert.equal(client.bufferedAmount, 0);
});

test('data by npm ws: a raw peer sees fragments in order with controls between', async (t) => {
  const { socket, raw } = await connectRaw(t);
  const chunks: Buffer[] = [];
  raw.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.send('a', { fin: false });
  socket.ping('p');
  socket.send('b', { fin: true });
  raw.write(clientFrame('answer'));
  await once(socket, 'message');
  await until(() => Buffer.concat(chunks).length === 9);
  assert.equal(Buffer.concat(chunks).toString('hex'), '010161' + '890170' + '800162');
});

test('a callback that is no function is refused at once; null is none', async () => {
  const [client] = createPair();
  const no = 'cb' as unknown as () => void;
  const message = /^TypeError: callback must be a function, got "cb"$/;
  assert.throws(() => client.send('x', {}, no), message);
  assert.throws(() => client.ping('x', true, no), message);
  assert.equal(client.send('x', {}, null as never), 'sent');
  assert.equal(await client.drained(), true);
  client.terminate();
});
