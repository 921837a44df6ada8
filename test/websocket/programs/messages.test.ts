/** Sending and receiving, as programs written for npm ws do it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { closed, listening, texts } from '../../../testing/ws-programs.ts';

/** A client and the server's end of its connection. */
async function pair(t: TestContext): Promise<{ client: WebSocket; peer: WebSocket }> {
  const wss = new WebSocketServer({ port: 0 });
  const client = new WebSocket(await listening(t, wss));
  const [[peer]] = (await Promise.all([once(wss, 'connection'), once(client, 'open')])) as [
    [WebSocket],
    unknown,
  ];
  return { client, peer };
}

/** What the other side gets for one `send`. */
async function received(from: WebSocket, to: WebSocket, send: (ws: WebSocket) => void) {
  const message = once(to, 'message');
  send(from);
  const [data, isBinary] = (await message) as [Buffer, boolean];
  return { data, isBinary };
}

test('numbers in a typed array', async (t) => {
  const { client, peer } = await pair(t);
  const array = new Float32Array(5);
  for (let i = 0; i < array.length; ++i) array[i] = i / 2;
  const { data, isBinary } = await received(client, peer, (ws) => ws.send(array));
  assert.equal(isBinary, true);
  assert.ok(Buffer.isBuffer(data));
  assert.equal(data.length, 20);
  assert.deepEqual(
    [0, 4, 8, 12, 16].map((offset) => data.readFloatLE(offset)),
    [0, 0.5, 1, 1.5, 2],
  );
});

test('every kind of bytes, at odd offsets too', async (t) => {
  const { client, peer } = await pair(t);
  const bytes = Uint8Array.from({ length: 24 }, (_, index) => index * 9);
  const buffer = bytes.buffer;
  const kinds = {
    buffer: Buffer.from(buffer, 3, 5),
    uint8Array: new Uint8Array(buffer, 1, 7),
    uint16Array: new Uint16Array(buffer, 2, 3),
    float64Array: new Float64Array(buffer, 8, 1),
    dataView: new DataView(buffer, 5, 11),
    arrayBuffer: buffer,
    empty: new Uint8Array(0),
  };
  for (const [name, data] of Object.entries(kinds)) {
    const view = ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);
    const there = await received(client, peer, (ws) => ws.send(data));
    assert.deepEqual([there.isBinary, there.data], [true, view], name);
    const back = await received(peer, client, (ws) => ws.send(data));
    assert.deepEqual([back.isBinary, back.data], [true, view], name);
  }
});

test('a Blob', async (t) => {
  const { client, peer } = await pair(t);
  const next = texts(peer);
  const blob = new Blob(['first ', Buffer.from('second')]);
  client.send(blob);
  // In order with what follows it.
  client.send('after');
  assert.equal(await next(), 'first second');
  assert.equal(await next(), 'after');
});

test('text, and whether it is binary is the sender’s choice', async (t) => {
  const { client, peer } = await pair(t);
  const plain = await received(client, peer, (ws) => ws.send('grüß dich'));
  assert.deepEqual([plain.isBinary, plain.data.toString()], [false, 'grüß dich']);
  const asBytes = await received(client, peer, (ws) => ws.send('abc', { binary: true }));
  assert.deepEqual([asBytes.isBinary, asBytes.data.toString()], [true, 'abc']);
  const asText = await received(client, peer, (ws) => {
    ws.send(Buffer.from('abc'), { binary: false });
  });
  assert.deepEqual([asText.isBinary, asText.data.toString()], [false, 'abc']);
  const nothing = await received(client, peer, (ws) => ws.send(''));
  assert.deepEqual([nothing.isBinary, nothing.data.length], [false, 0]);
});

test('the caller may change its buffer once the callback was called', async (t) => {
  const { client, peer } = await pair(t);
  const next = texts(peer);
  const data = Buffer.from('one');
  await new Promise<void>((resolve) => client.send(data, () => resolve()));
  data.write('two');
  await new Promise<void>((resolve) => client.send(data, { binary: true }, () => resolve()));
  assert.deepEqual([await next(), await next()], ['one', 'two']);
});

test('callbacks: in order, with an error when it is too late', async (t) => {
  const { client } = await pair(t);
  const order: number[] = [];
  await new Promise<void>((resolve, reject) => {
    client.send('1', () => order.push(1));
    client.ping('2', true, () => order.push(2));
    client.send('3', {}, (error) => {
      order.push(3);
      if (error) reject(error);
      else resolve();
    });
  });
  assert.deepEqual(order, [1, 2, 3]);
  client.close();
  const late = await new Promise<Error | undefined | null>((resolve) => {
    client.send('late', resolve);
  });
  assert.match(String(late?.message), /not open/);
  // Without a callback nothing is thrown.
  client.send('later');
  await closed(client);
  client.send('much later');
  client.ping();
  client.pong();
});

test('send before open throws', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const client = new WebSocket(await listening(t, wss));
  assert.equal(client.readyState, WebSocket.CONNECTING);
  assert.throws(() => client.send('early'), /CONNECTING/);
  assert.throws(() => client.ping(), /CONNECTING/);
  assert.throws(() => client.pong(), /CONNECTING/);
  await once(client, 'open');
});

test('a message in fragments', async (t) => {
  const { client, peer } = await pair(t);
  const { data, isBinary } = await received(client, peer, (ws) => {
    ws.send('one ', { fin: false });
    ws.send('two ', { fin: false });
    // A ping may come between.
    ws.ping();
    ws.send('three', { fin: true });
  });
  assert.deepEqual([isBinary, data.toString()], [false, 'one two three']);
  const bytes = await received(client, peer, (ws) => {
    ws.send(Buffer.from([1]), { fin: false });
    ws.send(Buffer.from([2, 3]));
  });
  assert.deepEqual([bytes.isBinary, [...bytes.data]], [true, [1, 2, 3]]);
});

test('binaryType: how bytes arrive', async (t) => {
  const { client, peer } = await pair(t);
  assert.equal(client.binaryType, 'nodebuffer');
  const send = async (): Promise<unknown> => {
    const message = once(client, 'message');
    peer.send(Buffer.from('abc'));
    return ((await message) as unknown[])[0];
  };
  assert.ok(Buffer.isBuffer(await send()));
  client.binaryType = 'arraybuffer';
  const arrayBuffer = await send();
  assert.ok(arrayBuffer instanceof ArrayBuffer);
  assert.equal(Buffer.from(arrayBuffer).toString(), 'abc');
  client.binaryType = 'fragments';
  const fragments = await send();
  assert.ok(Array.isArray(fragments));
  assert.equal(Buffer.concat(fragments as Buffer[]).toString(), 'abc');
  client.binaryType = 'blob';
  const blob = await send();
  assert.ok(blob instanceof Blob);
  assert.equal(await blob.text(), 'abc');
  // Text stays a Buffer for listeners of `message`.
  const text = once(client, 'message');
  peer.send('text');
  const [data, isBinary] = (await text) as [Buffer, boolean];
  assert.deepEqual([Buffer.isBuffer(data), data.toString(), isBinary], [true, 'text', false]);
});

test('pause and resume', async (t) => {
  const { client, peer } = await pair(t);
  const got: string[] = [];
  client.on('message', (data) => got.push(data.toString()));
  assert.equal(client.isPaused, false);
  client.pause();
  assert.equal(client.isPaused, true);
  const pong = once(peer, 'pong');
  peer.send('waits');
  peer.ping();
  // The other direction goes on.
  const there = await received(client, peer, (ws) => ws.send('there'));
  assert.equal(there.data.toString(), 'there');
  assert.deepEqual(got, []);
  const arrived = once(client, 'message');
  client.resume();
  assert.equal(client.isPaused, false);
  await arrived;
  await pong;
  assert.deepEqual(got, ['waits']);
});

test('ping and pong with data, text and bytes', async (t) => {
  const { client, peer } = await pair(t);
  const pinged = once(peer, 'ping');
  const answered = once(client, 'pong');
  client.ping('héllo');
  assert.equal(String((await pinged)[0]), 'héllo');
  assert.equal(String((await answered)[0]), 'héllo');
  const unasked = once(client, 'pong');
  peer.pong(new Uint8Array([1, 2]), false);
  assert.deepEqual([...((await unasked) as [Buffer])[0]], [1, 2]);
});

test('autoPong: false leaves the answer to the program', async (t) => {
  const wss = new WebSocketServer({ port: 0, autoPong: false });
  wss.on('connection', (ws) => ws.on('ping', (data) => ws.pong(`mine: ${data}`)));
  const client = new WebSocket(await listening(t, wss));
  client.on('open', () => client.ping('x'));
  const [data] = (await once(client, 'pong')) as [Buffer];
  assert.equal(data.toString(), 'mine: x');
});

test('bufferedAmount falls to zero', async (t) => {
  const { client, peer } = await pair(t);
  assert.equal(client.bufferedAmount, 0);
  peer.on('message', () => {});
  peer.pause();
  const data = Buffer.alloc(256 * 1024);
  const all = Array.from(
    { length: 30 },
    () => new Promise<void>((resolve) => client.send(data, () => resolve())),
  );
  assert.ok(client.bufferedAmount > 0);
  peer.resume();
  await Promise.all(all);
  assert.equal(client.bufferedAmount, 0);
});

test('close: codes and reasons, from either side', async (t) => {
  const table: [args: [number?, (string | Buffer)?], want: [number, string]][] = [
    [[], [1005, '']],
    [[1000], [1000, '']],
    [
      [1001, 'going'],
      [1001, 'going'],
    ],
    [
      [3000, Buffer.from('tschüß')],
      [3000, 'tschüß'],
    ],
    [
      [4999, 'x'.repeat(123)],
      [4999, 'x'.repeat(123)],
    ],
  ];
  for (const [args, want] of table) {
    for (const side of ['client', 'peer'] as const) {
      const ends = await pair(t);
      const both = Promise.all([closed(ends.client), closed(ends.peer)]);
      ends[side].close(...args);
      assert.equal(ends[side].readyState, WebSocket.CLOSING);
      assert.deepEqual(await both, [want, want]);
      assert.equal(ends[side].readyState, WebSocket.CLOSED);
    }
  }
});

test('close: what may not be said throws', async (t) => {
  const { client } = await pair(t);
  assert.throws(() => client.close(1005), /code/);
  assert.throws(() => client.close(1006), /code/);
  assert.throws(() => client.close(99), /code/);
  assert.throws(() => client.close(1000, 'x'.repeat(124)), /123|125/);
  client.close(1000);
});

test('terminate, and close before open', async (t) => {
  const { client, peer } = await pair(t);
  const both = Promise.all([closed(client), closed(peer)]);
  client.terminate();
  assert.deepEqual(await both, [
    [1006, ''],
    [1006, ''],
  ]);
  const wss = new WebSocketServer({ port: 0 });
  const hasty = new WebSocket(await listening(t, wss));
  const error = new Promise<Error>((resolve) => hasty.once('error', resolve));
  const end = closed(hasty);
  hasty.close();
  assert.match((await error).message, /closed before/);
  assert.deepEqual(await end, [1006, '']);
});

test('constants, on the class and on its objects', async (t) => {
  const { client } = await pair(t);
  const want = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };
  const { CONNECTING, OPEN, CLOSING, CLOSED } = WebSocket;
  assert.deepEqual({ CONNECTING, OPEN, CLOSING, CLOSED }, want);
  assert.deepEqual(
    [client.CONNECTING, client.OPEN, client.CLOSING, client.CLOSED],
    Object.values(want),
  );
  assert.equal(client.readyState, client.OPEN);
});

test('a message over maxPayload closes with 1009', async (t) => {
  const wss = new WebSocketServer({ port: 0, maxPayload: 10 });
  const connection = once(wss, 'connection');
  const client = new WebSocket(await listening(t, wss));
  const [peer] = (await connection) as [WebSocket];
  const error = new Promise<Error>((resolve) => peer.once('error', resolve));
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  client.send('0123456789a');
  assert.equal((await closed(client))[0], 1009);
  assert.ok((await error) instanceof Error);
});

test('perMessageDeflate is taken, whatever comes of it', async (t) => {
  const perMessageDeflate = {
    zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3 },
    zlibInflateOptions: { chunkSize: 10 * 1024 },
    clientNoContextTakeover: true,
    serverNoContextTakeover: true,
    serverMaxWindowBits: 10,
    concurrencyLimit: 10,
    threshold: 1024,
  };
  for (const option of [perMessageDeflate, true, false]) {
    const wss = new WebSocketServer({ port: 0, perMessageDeflate: option });
    wss.on('connection', (ws) => {
      ws.on('message', (data) => ws.send(data.toString(), { compress: true }));
    });
    const client = new WebSocket(await listening(t, wss), { perMessageDeflate: true });
    const next = texts(client);
    await once(client, 'open');
    assert.equal(typeof client.extensions, 'string');
    client.send('abc '.repeat(1000));
    assert.equal(await next(), 'abc '.repeat(1000));
  }
});
