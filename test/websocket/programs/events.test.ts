/** The face that browsers know, on the same objects. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { closed, listening } from '../../../testing/ws-programs.ts';

test('onopen, onmessage, onclose', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => {
    ws.onmessage = (event) => {
      ws.send(`echo ${String(event.data)}`);
    };
  });
  const ws = new WebSocket(await listening(t, wss));
  const said: unknown[] = [];
  ws.onopen = (event) => {
    said.push(event.type, event.target === ws);
    ws.send('hello');
  };
  ws.onmessage = (event) => {
    said.push(event.type, event.data, event.target === ws);
    ws.close(4000, 'done');
  };
  await new Promise<void>((resolve) => {
    ws.onclose = (event) => {
      said.push(event.type, event.code, event.reason, event.wasClean, event.target === ws);
      resolve();
    };
  });
  assert.deepEqual(said, [
    ...['open', true],
    ...['message', 'echo hello', true],
    ...['close', 4000, 'done', true, true],
  ]);
});

test('handlers can be read, replaced and taken away', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const [connection, url] = [once(wss, 'connection'), await listening(t, wss)];
  const ws = new WebSocket(url);
  const [peer] = (await connection) as [WebSocket];
  if (ws.readyState !== WebSocket.OPEN) await once(ws, 'open');
  const got: string[] = [];
  const first = (event: { data: unknown }) => void got.push(`first ${String(event.data)}`);
  assert.equal(ws.onmessage, null);
  ws.onmessage = first;
  assert.equal(ws.onmessage, first);
  ws.onmessage = (event) => void got.push(`second ${String(event.data)}`);
  const one = once(ws, 'message');
  peer.send('1');
  await one;
  ws.onmessage = null;
  assert.equal(ws.onmessage, null);
  const two = once(ws, 'message');
  peer.send('2');
  await two;
  assert.deepEqual(got, ['second 1']);
});

test('onerror gets the error and its message', async () => {
  // Port 1 belongs to nobody here.
  const ws = new WebSocket('ws://127.0.0.1:1/');
  const said = await new Promise<unknown[]>((resolve) => {
    ws.onerror = (event) => {
      resolve([event.type, event.error instanceof Error, typeof event.message]);
    };
  });
  assert.deepEqual(said, ['error', true, 'string']);
  assert.notEqual(ws.readyState, WebSocket.OPEN);
});

test('addEventListener: once, twice the same, an object, removed', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const [connection, url] = [once(wss, 'connection'), await listening(t, wss)];
  const ws = new WebSocket(url);
  const [peer] = (await connection) as [WebSocket];
  if (ws.readyState !== WebSocket.OPEN) await once(ws, 'open');
  const got: string[] = [];
  const listener = (event: { data: unknown }) => void got.push(`each ${String(event.data)}`);
  const removed = () => void got.push('removed');
  ws.addEventListener('message', listener);
  ws.addEventListener('message', listener);
  ws.addEventListener('message', (event) => void got.push(`once ${String(event.data)}`), {
    once: true,
  });
  ws.addEventListener('message', removed);
  ws.removeEventListener('message', removed);
  for (const text of ['1', '2']) {
    const message = once(ws, 'message');
    peer.send(text);
    await message;
  }
  ws.removeEventListener('message', listener);
  const last = once(ws, 'message');
  peer.send('3');
  await last;
  assert.deepEqual(got, ['each 1', 'once 1', 'each 2']);
});

test('events carry text as strings and bytes as the binaryType says', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => {
    ws.send('text');
    ws.send(Buffer.from([1, 2, 3]));
    ws.close();
  });
  const ws = new WebSocket(await listening(t, wss));
  ws.binaryType = 'arraybuffer';
  const got: unknown[] = [];
  ws.addEventListener('message', (event) => got.push(event.data));
  await closed(ws);
  assert.equal(got[0], 'text');
  assert.ok(got[1] instanceof ArrayBuffer);
  assert.deepEqual([...new Uint8Array(got[1])], [1, 2, 3]);
});

test('a close that was not clean', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => ws.terminate());
  const ws = new WebSocket(await listening(t, wss));
  const said = await new Promise<unknown[]>((resolve) => {
    ws.addEventListener('close', (event) => resolve([event.code, event.reason, event.wasClean]));
  });
  assert.deepEqual(said, [1006, '', false]);
});

test('both faces at once', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data, { binary: false })));
  const ws = new WebSocket(await listening(t, wss));
  const got: string[] = [];
  ws.on('message', (data, isBinary) => got.push(`on ${data} ${isBinary}`));
  ws.addEventListener('message', ({ data }) => got.push(`listener ${String(data)}`));
  ws.onmessage = ({ data }) => {
    got.push(`handler ${String(data)}`);
    ws.close();
  };
  ws.on('open', () => ws.send('x'));
  await closed(ws);
  assert.deepEqual(got, ['on x false', 'listener x', 'handler x']);
});
