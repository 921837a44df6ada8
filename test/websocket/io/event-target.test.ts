import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { CloseEvent, ErrorEvent, WebSocket } from '../../../src/websocket/index.ts';
import { SocketEventTarget } from '../../../src/websocket/io/event-target.ts';
import type { SocketEvent, SocketEvents } from '../../../src/websocket/io/event-target.ts';
import { pairFor, record, turns, until } from '../../../testing/websocket-pairs.ts';
import { startClient, startServer } from '../../../testing/websocket-peers.ts';

test('the attributes: what was set is read, what is no function clears', (t) => {
  const [client] = pairFor(t);
  const handler = () => {};
  for (const name of ['onopen', 'onmessage', 'onerror', 'onclose'] as const) {
    assert.equal(client[name], null);
    client[name] = handler;
    assert.equal(client[name], handler);
    assert.equal(client.listenerCount(name.slice(2)), 1);
    client[name] = () => {};
    assert.equal(client.listenerCount(name.slice(2)), 1);
    client[name] = null;
    assert.equal(client[name], null);
    client[name] = 'no function' as never;
    assert.equal(client[name], null);
    assert.equal(client.listenerCount(name.slice(2)), 0);
  }
});

test('open, message and close as a browser tells them', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (socket) => {
    socket.send('text');
    socket.send(Buffer.from('bytes'));
    socket.close(4001, 'bye');
  });
  const client = startClient(t, url);
  const events: SocketEvent[] = [];
  const note = (event: SocketEvent) => void events.push(event);
  client.onopen = note;
  client.onmessage = note;
  client.addEventListener('close', { handleEvent: note });
  await until(() => events.length === 4);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['open', 'message', 'message', 'close'],
  );
  const [open, text, binary, close] = events as [
    SocketEvents['open'],
    SocketEvents['message'],
    SocketEvents['message'],
    SocketEvents['close'],
  ];
  assert.ok(open instanceof Event && text instanceof MessageEvent && close instanceof CloseEvent);
  assert.equal(text.data, 'text');
  assert.deepEqual(binary.data, Buffer.from('bytes'));
  assert.deepEqual([close.code, close.reason, close.wasClean], [4001, 'bye', true]);
  for (const event of events) {
    assert.equal(event.target, client);
    assert.equal((event as Event).currentTarget, client);
  }
});

test('an error is told with its error and its message, then a close that was not clean', async (t) => {
  const { url } = await startServer(t);
  const client = startClient(t, url.replace('ws:', 'wss:'));
  const events: SocketEvent[] = [];
  client.onerror = (event) => void events.push(event);
  client.onclose = (event) => void events.push(event);
  await until(() => events.length === 2);
  const [error, close] = events as [SocketEvents['error'], SocketEvents['close']];
  assert.ok(error instanceof ErrorEvent);
  assert.ok(error.error instanceof Error);
  assert.equal(error.message, error.error.message);
  assert.deepEqual([close.code, close.wasClean], [1006, false]);
});

test('a handler is added once, is this socket’s, and can be taken away', async (t) => {
  const [client, server] = pairFor(t);
  let calls = 0;
  const seen: unknown[] = [];
  const handler = function (this: unknown) {
    calls++;
    seen.push(this);
  };
  server.addEventListener('message', handler);
  server.addEventListener('message', handler);
  client.send('1');
  await turns(5);
  assert.deepEqual([calls, seen], [1, [server]]);
  server.removeEventListener('message', () => {});
  server.removeEventListener('message', handler);
  assert.equal(server.listenerCount('message'), 0);

  const got: unknown[] = [];
  const object = { handleEvent: ({ data }: SocketEvents['message']) => void got.push(data) };
  server.addEventListener('message', object);
  client.send('2');
  await turns(5);
  assert.deepEqual(got, ['2']);
  server.removeEventListener('message', object);
  assert.equal(server.listenerCount('message'), 0);
});

test('once is once, also when it is taken away before, or added again', async (t) => {
  const [client, server] = pairFor(t);
  const got: unknown[] = [];
  const handler = (event: SocketEvents['message']) => void got.push(event.data);
  server.addEventListener('message', handler, { once: true });
  server.addEventListener('message', handler, { once: true });
  server.addEventListener('message', () => {});
  client.send('1');
  client.send('2');
  await turns(5);
  assert.deepEqual(got, ['1']);
  server.addEventListener('message', handler, { once: true });
  server.removeEventListener('message', handler);
  client.send('3');
  await turns(5);
  assert.deepEqual(got, ['1']);
});

test('both kinds of listeners are called in the order in which they were added', async (t) => {
  const [client, server] = pairFor(t);
  const order: string[] = [];
  server.on('message', () => order.push('emitter'));
  server.addEventListener('message', () => order.push('target'));
  server.onmessage = () => order.push('attribute');
  server.on('message', () => order.push('emitter again'));
  client.send('x');
  await until(() => order.length === 4);
  assert.deepEqual(order, ['emitter', 'target', 'attribute', 'emitter again']);
});

test('handlers of other events, and of the names of Object, are ignored', (t) => {
  const [client] = pairFor(t);
  for (const type of ['ping', 'constructor', '__proto__', 'toString', '']) {
    client.addEventListener(type as 'open', () => assert.fail('must not be called'));
    client.removeEventListener(type as 'open', () => {});
  }
  assert.deepEqual(client.eventNames(), []);
});

test('binary messages come in the form of binaryType, texts as a Buffer or a string', async (t) => {
  const [client, server] = pairFor(t);
  assert.equal(server.binaryType, 'nodebuffer');
  const next = async (data: string | Buffer) => {
    const both = Promise.all([
      once(server, 'message') as Promise<unknown[]>,
      new Promise<unknown>((resolve) => {
        server.onmessage = ({ data: got }) => resolve(got);
      }),
    ]);
    client.send(data);
    const [[heard], told] = await both;
    return { heard, told };
  };
  const bytes = Buffer.from('bytes');
  for (const [type, check] of [
    ['nodebuffer', (data: unknown) => assert.deepEqual(data, bytes)],
    ['arraybuffer', (data: unknown) => assert.deepEqual(Buffer.from(data as ArrayBuffer), bytes)],
    ['fragments', (data: unknown) => assert.deepEqual(data, [bytes])],
    ['blob', (data: unknown) => assert.ok(data instanceof Blob && data.size === bytes.length)],
  ] as const) {
    server.binaryType = type;
    assert.equal(server.binaryType, type);
    const { heard, told } = await next(bytes);
    check(heard);
    check(told);
    const text = await next('text');
    assert.ok(Buffer.isBuffer(text.heard), 'a listener gets texts as a Buffer, whatever the type');
    assert.equal(text.told, 'text');
  }
  server.binaryType = 'nonsense' as 'blob';
  assert.equal(server.binaryType, 'blob');
});

test('the classes of events: Node’s own CloseEvent where there is one', () => {
  const own = (globalThis as { CloseEvent?: unknown }).CloseEvent;
  if (own !== undefined) assert.equal(CloseEvent, own);
  const event = new CloseEvent('close', { code: 1000, reason: 'r', wasClean: true });
  assert.deepEqual(
    [event.type, event.code, event.reason, event.wasClean],
    ['close', 1000, 'r', true],
  );
  const empty = new CloseEvent('close');
  assert.deepEqual([empty.code, empty.reason, empty.wasClean], [0, '', false]);
  const error = new ErrorEvent('error');
  assert.deepEqual([error.type, error.error, error.message], ['error', undefined, '']);
});

test('the states are on the class and on its connections, and cannot be changed', (t) => {
  const [client] = pairFor(t);
  for (const [value, name] of (['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const).entries()) {
    assert.equal(WebSocket[name], value);
    assert.equal(client[name], value);
    assert.throws(() => Object.assign(client, { [name]: 9 }), TypeError);
  }
  assert.ok(client instanceof SocketEventTarget);
});

test('onmessage reads what waited, as any listener does', async (t) => {
  const [client, server] = pairFor(t);
  client.send('early');
  await turns(5);
  const got = await new Promise((resolve) => {
    server.onmessage = ({ data }) => resolve(data);
  });
  assert.equal(got, 'early');
  assert.deepEqual(record(client), []);
});
