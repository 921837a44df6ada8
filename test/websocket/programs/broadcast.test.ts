/** One to many, and whether they are all still there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { closed, listening, requestByHand, texts } from '../../../testing/ws-programs.ts';

async function guests(url: string, count: number) {
  const all = Array.from({ length: count }, () => new WebSocket(url));
  const inboxes = all.map((ws) => texts(ws));
  await Promise.all(all.map((ws) => once(ws, 'open')));
  return { all, inboxes };
}

test('a message for everybody, its sender included', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', function connection(ws) {
    ws.on('error', console.error);
    ws.on('message', function message(data, isBinary) {
      wss.clients.forEach(function each(client) {
        if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
      });
    });
  });
  const { all, inboxes } = await guests(await listening(t, wss), 3);
  const kinds: boolean[] = [];
  all[2]?.on('message', (_data, isBinary) => kinds.push(isBinary));
  all[0]?.send('to all');
  assert.deepEqual(await Promise.all(inboxes.map((next) => next())), Array(3).fill('to all'));
  all[1]?.send(Buffer.from('bytes'));
  assert.deepEqual(await Promise.all(inboxes.map((next) => next())), Array(3).fill('bytes'));
  assert.deepEqual(kinds, [false, true]);
});

test('a message for everybody else', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', function connection(ws) {
    ws.on('error', console.error);
    ws.on('message', function message(data, isBinary) {
      for (const client of wss.clients) {
        if (client !== ws && client.readyState === WebSocket.OPEN) {
          client.send(data, { binary: isBinary });
        }
      }
    });
  });
  const { all, inboxes } = await guests(await listening(t, wss), 3);
  all[0]?.send('from 0');
  assert.deepEqual([await inboxes[1]?.(), await inboxes[2]?.()], ['from 0', 'from 0']);
  all[1]?.send('from 1');
  // The first that 0 gets is not its own.
  assert.equal(await inboxes[0]?.(), 'from 1');
});

test('a closing client is skipped and leaves the set', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const { all } = await guests(await listening(t, wss), 2);
  const [first] = wss.clients;
  assert.ok(first);
  first.close(1000);
  assert.equal(first.readyState, WebSocket.CLOSING);
  await closed(first);
  assert.equal(first.readyState, WebSocket.CLOSED);
  assert.equal(wss.clients.size, 1);
  assert.equal(all.length, 2);
});

test('the heartbeat of a server ends those that do not answer', async (t) => {
  type Guest = WebSocket & { isAlive: boolean };
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', function connection(socket) {
    const ws = socket as Guest;
    ws.isAlive = true;
    ws.on('error', console.error);
    ws.on('pong', function heartbeat() {
      ws.isAlive = true;
    });
  });
  // What an interval would do, done when the test says so.
  function round(): void {
    for (const socket of wss.clients) {
      const ws = socket as Guest;
      if (!ws.isAlive) {
        ws.terminate();
        continue;
      }
      ws.isAlive = false;
      ws.ping();
    }
  }
  const url = await listening(t, wss);
  const lively = new WebSocket(url);
  const [first] = (await once(wss, 'connection')) as [Guest];
  // One that never says anything.
  const dumb = net.connect(Number(new URL(url).port), '127.0.0.1');
  t.after(() => dumb.destroy());
  dumb.write(requestByHand());
  const [second] = (await once(wss, 'connection')) as [Guest];
  const ended = closed(second);

  const pong = once(first, 'pong');
  round();
  await pong;
  assert.deepEqual([first.isAlive, second.isAlive], [true, false]);
  round();
  assert.deepEqual(await ended, [1006, '']);
  assert.deepEqual([...wss.clients], [first]);
  assert.equal(lively.readyState, WebSocket.OPEN);
});

test('the heartbeat of a client ends a server that went silent', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const url = await listening(t, wss);
  let timer: NodeJS.Timeout | undefined;
  let beats = 0;
  const client = new WebSocket(url);
  function heartbeat(this: WebSocket): void {
    clearTimeout(timer);
    beats++;
    timer = setTimeout(() => this.terminate(), 50);
  }
  client.on('error', console.error);
  client.on('open', heartbeat);
  client.on('ping', heartbeat);
  client.on('close', function clear() {
    clearTimeout(timer);
  });
  const ended = closed(client);
  const [peer] = (await once(wss, 'connection')) as [WebSocket];
  peer.ping();
  // And nothing more.
  assert.deepEqual(await ended, [1006, '']);
  assert.ok(beats >= 1, 'no beat');
});

test('round-trip time', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data, { binary: false })));
  const url = await listening(t, wss);

  const ws = new WebSocket(url);
  ws.on('error', console.error);
  const answer = once(ws, 'message');
  ws.on('open', () => ws.send(String(Date.now())));
  const [sentAt] = (await answer) as [Buffer];
  const byMessage = Date.now() - Number(sentAt);
  assert.ok(byMessage >= 0, String(byMessage));

  const pong = once(ws, 'pong');
  ws.ping(String(Date.now()));
  const [payload] = (await pong) as [Buffer];
  const byPing = Date.now() - Number(payload);
  assert.ok(byPing >= 0, String(byPing));
});
