/** Servers as programs written for npm ws set them up. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import { test } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { closed, ending, exchange, listen } from '../../../testing/ws-programs.ts';
import { listening, requestByHand, texts } from '../../../testing/ws-programs.ts';

test('a simple server, and a client that greets it', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const got: string[] = [];
  wss.on('connection', function connection(ws) {
    ws.on('error', console.error);
    ws.on('message', function message(data) {
      got.push(`received: ${data}`);
      ws.close();
    });
    ws.send('something');
  });
  const url = await listening(t, wss);

  const ws = new WebSocket(url);
  ws.on('error', console.error);
  ws.on('open', function open() {
    ws.send('hello');
  });
  ws.on('message', function message(data) {
    got.push(`answer: ${data}`);
  });
  const [code, reason] = await closed(ws);
  assert.deepEqual(got.sort(), ['answer: something', 'received: hello']);
  // A close without a code.
  assert.deepEqual([code, reason], [1005, '']);
});

test('on an HTTP server that goes on answering requests', async (t) => {
  const server = http.createServer((_request, response) => response.end('a page'));
  const wss = ending(t, new WebSocketServer({ server }));
  wss.on('connection', (ws) => {
    ws.on('message', (data) => ws.send(`you said ${data}`));
  });
  const heard = once(wss, 'listening');
  const host = await listen(t, server);
  await heard;
  assert.deepEqual(wss.address(), server.address());

  const ws = new WebSocket(`ws://${host}/any/path?and=query`);
  const next = texts(ws);
  ws.on('open', () => ws.send('hi'));
  assert.equal(await next(), 'you said hi');
  assert.equal(await (await fetch(`http://${host}/`)).text(), 'a page');

  // Closing the WebSocket server waits for its connections and leaves the HTTP server alone.
  const gone = new Promise<void>((resolve) => wss.close(() => resolve()));
  for (const client of wss.clients) client.close(1001);
  await gone;
  assert.equal(server.listening, true);
  assert.equal(await (await fetch(`http://${host}/`)).text(), 'a page');
});

test('on an HTTPS server; the client is told whom to trust', async (t) => {
  const { key, cert, authorityCertificate } = await testCredentials();
  const server = https.createServer({ cert, key });
  const wss = ending(t, new WebSocketServer({ server }));
  wss.on('connection', (ws, request) => {
    ws.send(`${request.url} ${'encrypted' in request.socket}`);
  });
  const host = await listen(t, server);

  const ws = new WebSocket(`wss://${host}/room`, { ca: authorityCertificate });
  assert.equal(await texts(ws)(), '/room true');

  const stranger = new WebSocket(`wss://${host}/room`);
  const [error] = (await once(stranger, 'error').catch((cause: unknown) => [cause])) as [Error];
  assert.ok('code' in error && typeof error.code === 'string', String(error));
  const careless = new WebSocket(`wss://${host}/room`, { rejectUnauthorized: false });
  assert.equal(await texts(careless)(), '/room true');
});

test('several servers on one HTTP server, by path', async (t) => {
  const server = http.createServer();
  const wss1 = ending(t, new WebSocketServer({ noServer: true }));
  const wss2 = ending(t, new WebSocketServer({ noServer: true }));
  wss1.on('connection', (ws) => ws.send('the first'));
  wss2.on('connection', (ws) => ws.send('the second'));
  server.on('upgrade', function upgrade(request, socket, head) {
    const { pathname } = new URL(request.url ?? '', 'ws://base.url');
    if (pathname === '/foo') {
      wss1.handleUpgrade(request, socket, head, function done(ws) {
        wss1.emit('connection', ws, request);
      });
    } else if (pathname === '/bar') {
      wss2.handleUpgrade(request, socket, head, function done(ws) {
        wss2.emit('connection', ws, request);
      });
    } else {
      socket.destroy();
    }
  });
  const host = await listen(t, server);

  assert.equal(await texts(new WebSocket(`ws://${host}/foo`))(), 'the first');
  assert.equal(await texts(new WebSocket(`ws://${host}/bar?x=1`))(), 'the second');
  assert.deepEqual([wss1.clients.size, wss2.clients.size], [1, 1]);
  const lost = new WebSocket(`ws://${host}/baz`);
  const [error] = (await once(lost, 'open').catch((cause: unknown) => [cause])) as [Error];
  assert.ok(error instanceof Error);
  assert.throws(() => wss1.address(), /noServer/);
});

test('the path option, and shouldHandle replaced', async (t) => {
  const byPath = new WebSocketServer({ port: 0, path: '/only' });
  byPath.on('connection', (ws) => ws.send('here'));
  const url = await listening(t, byPath);
  assert.equal(await texts(new WebSocket(`${url}/only?token=1`))(), 'here');
  const [, answer] = await once(new WebSocket(`${url}/other`), 'unexpected-response');
  const { statusCode } = answer as http.IncomingMessage;
  assert.ok(statusCode !== undefined && statusCode >= 400 && statusCode < 500);
  (answer as http.IncomingMessage).destroy();

  class ByQuery extends WebSocketServer {
    override shouldHandle(request: http.IncomingMessage): boolean {
      return request.url?.endsWith('?yes') === true;
    }
  }
  const own = new ByQuery({ port: 0 });
  own.on('connection', (ws) => ws.send('yes'));
  const address = await listening(t, own);
  assert.equal(await texts(new WebSocket(`${address}/?yes`))(), 'yes');
  const refused = once(new WebSocket(`${address}/?no`), 'open');
  await assert.rejects(refused);
});

test('the callback of the constructor, host, backlog, address', async (t) => {
  let called = 0;
  const options = { host: '127.0.0.1', port: 0, backlog: 10 };
  const wss: WebSocketServer = new WebSocketServer(options, () => called++);
  await listening(t, wss);
  assert.equal(called, 1);
  const address = wss.address() as net.AddressInfo;
  assert.equal(address.address, '127.0.0.1');
  assert.equal(address.family, 'IPv4');
  assert.ok(address.port > 0);
});

test('a port in use is an error event', async (t) => {
  const first = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await listening(t, first);
  const { port } = first.address() as net.AddressInfo;
  const second = new WebSocketServer({ host: '127.0.0.1', port });
  const error = await new Promise<Error>((resolve) => second.on('error', resolve));
  assert.equal('code' in error && error.code, 'EADDRINUSE');
});

test('exactly one of port, server and noServer', () => {
  const server = http.createServer();
  assert.throws(() => new WebSocketServer({}), TypeError);
  assert.throws(() => new WebSocketServer({ port: 0, noServer: true }), TypeError);
  assert.throws(() => new WebSocketServer({ server, noServer: true }), TypeError);
  assert.throws(() => new WebSocketServer({ port: 0, server }), TypeError);
});

test('a server of its own answers ordinary requests with 426', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const url = await listening(t, wss);
  const answer = await fetch(url.replace('ws', 'http'));
  assert.equal(answer.status, 426);
  await answer.body?.cancel();
});

test('close: the callback, the event, a second close', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const url = await listening(t, wss);
  const ws = new WebSocket(url);
  const [peer] = (await once(wss, 'connection')) as [WebSocket];
  await once(ws, 'open');
  const ended = closed(peer);
  const events: string[] = [];
  wss.on('close', () => events.push('event'));
  const done = new Promise<Error | undefined>((resolve) => {
    wss.close((error) => {
      events.push('callback');
      resolve(error);
    });
  });
  // It waits for the connection.
  assert.equal(peer.readyState, WebSocket.OPEN);
  assert.equal(wss.clients.has(peer), true);
  ws.close(1000);
  assert.equal((await done) instanceof Error, false);
  await ended;
  assert.deepEqual(events.sort(), ['callback', 'event']);
  assert.equal(wss.clients.size, 0);
  const again = await new Promise<Error | undefined>((resolve) => wss.close(resolve));
  assert.ok(again instanceof Error);
});

test('clientTracking: false keeps no set', async (t) => {
  const wss = new WebSocketServer({ port: 0, clientTracking: false });
  const connection = once(wss, 'connection');
  const url = await listening(t, wss);
  const ws = new WebSocket(url);
  const [peer] = (await connection) as [WebSocket];
  assert.equal(wss.clients, undefined);
  peer.close(1000, 'enough');
  assert.deepEqual(await closed(ws), [1000, 'enough']);
});

test('the address of the client', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws, request) => {
    const forwarded = String(request.headers['x-forwarded-for']).split(',')[0]?.trim();
    ws.send(`${request.socket.remoteAddress} for ${forwarded}`);
  });
  const url = await listening(t, wss);
  const headers = { 'X-Forwarded-For': '203.0.113.7, 10.0.0.1' };
  const said = await texts(new WebSocket(url, { headers }))();
  assert.match(said, /127\.0\.0\.1 for 203\.0\.113\.7$/);
});

test('a WebSocket class of the program', async (t) => {
  class Guest extends WebSocket {
    visits = 0;
    greet(): void {
      this.send(`visit ${++this.visits}`);
    }
  }
  const wss = new WebSocketServer({ port: 0, WebSocket: Guest });
  wss.on('connection', (ws) => {
    assert.ok(ws instanceof Guest);
    ws.greet();
    ws.greet();
  });
  const next = texts(new WebSocket(await listening(t, wss)));
  assert.equal(await next(), 'visit 1');
  assert.equal(await next(), 'visit 2');
});

test('wsClientError: the socket is the program’s to answer', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const host = (await listening(t, wss)).slice('ws://'.length);
  const without = await exchange(host, requestByHand({ 'Sec-WebSocket-Key': 'short' }));
  assert.match(without, /^HTTP\/1\.1 400 /);

  const errors: Error[] = [];
  wss.on('wsClientError', (error, socket, request) => {
    errors.push(error);
    socket.end(`HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nnot so, ${request.method}`);
  });
  const answer = await exchange(host, requestByHand({ 'Sec-WebSocket-Key': undefined }));
  assert.match(answer, /not so, GET$/);
  assert.equal(errors.length, 1);
  assert.ok(errors[0] instanceof Error);
});

test('handleUpgrade twice for one socket throws', async (t) => {
  const server = http.createServer();
  const wss = ending(t, new WebSocketServer({ noServer: true }));
  const outcome = new Promise<unknown>((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      wss.handleUpgrade(request, socket, head, () => {
        try {
          wss.handleUpgrade(request, socket, head, () => {});
          resolve('nothing thrown');
        } catch (error) {
          resolve(error);
        }
      });
    });
  });
  const ws = new WebSocket(`ws://${await listen(t, server)}`);
  assert.ok((await outcome) instanceof Error);
  await once(ws, 'open');
});
