import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocketServer } from '../../../src/websocket/index.ts';
import type { WebSocket } from '../../../src/websocket/index.ts';
import {
  acceptedBy,
  answerTo,
  closeOf,
  openRaw,
  startClient,
  startServer,
  textOf,
  upgradeRequest,
} from '../../../testing/websocket-peers.ts';

async function listen(t: TestContext, server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Resolves with what `close` gives its callback. */
function closed(server: WebSocketServer): Promise<Error | undefined> {
  return new Promise((resolve) => server.close(resolve));
}

test('attaches to an existing server, which goes on answering HTTP', async (t) => {
  const web = http.createServer((_request, response) => response.end('plain http'));
  const server = new WebSocketServer({ server: web });
  t.after(() => server.shutdown({ graceMs: 0 }));
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(`<${data}>`)));
  assert.equal(server.address(), null);
  const port = await listen(t, web);
  assert.deepEqual(server.address(), web.address());
  const client = startClient(t, `ws://127.0.0.1:${port}/`);
  await once(client, 'open');
  client.send('hi');
  assert.equal(await textOf(client), '<hi>');
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'plain http');
});

test('several servers on one, by path; 404 only where nobody else listens', async (t) => {
  const web = http.createServer();
  const one = new WebSocketServer({ server: web, path: '/one' });
  one.on('connection', (socket) => socket.send('one'));
  const port = await listen(t, web);
  assert.match(await answerTo(t, port, upgradeRequest()), /^HTTP\/1\.1 404 Not Found\r\n/);
  const two = new WebSocketServer({ server: web, path: '/two' });
  two.on('connection', (socket) => socket.send('two'));
  t.after(() => Promise.all([one.shutdown({ graceMs: 0 }), two.shutdown({ graceMs: 0 })]));
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/one?x=/two`)), 'one');
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/two`)), 'two');
});

test('the upgrade is asked for, decided and performed by the program (noServer)', async (t) => {
  const server = new WebSocketServer({ noServer: true, path: '/here' });
  const web = http.createServer();
  t.after(() => server.shutdown({ graceMs: 0 }));
  const errors: unknown[] = [];
  web.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (client) => client.send(`at ${request.url}`));
    try {
      server.handleUpgrade(request, socket, head, () => {});
    } catch (error) {
      errors.push(error);
    }
  });
  const port = await listen(t, web);
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/here`)), 'at /here');
  assert.match(String(errors[0]), /^Error: handleUpgrade was called more than once/);
  assert.match(await answerTo(t, port, upgradeRequest()), /^HTTP\/1\.1 404 /);
  assert.throws(() => server.address(), /noServer/);
});

test('shouldHandle may be overridden, also on the instance, and may throw', async (t) => {
  const { server, port } = await startServer(t);
  const boom = new Error('a test throws this on purpose');
  server.shouldHandle = ({ url }) => {
    if (url === '/throw') throw boom;
    return url === '/mine';
  };
  const at = (path: string) => upgradeRequest().replace('GET /', `GET ${path}`);
  assert.match((await acceptedBy(t, port, at('/mine'))).head, /^HTTP\/1\.1 101 /);
  assert.match(await answerTo(t, port, at('/other')), /^HTTP\/1\.1 404 /);
  const warned = new Promise((resolve) => process.once('warning', resolve));
  assert.match(await answerTo(t, port, at('/throw')), /^HTTP\/1\.1 500 /);
  assert.equal(await warned, boom);
});

test('options may be changed while the server runs', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', (socket) => socket.send(`<${socket.protocol}>`));
  server.options.handleProtocols = () => 'b';
  assert.equal(await textOf(startClient(t, url, ['a', 'b'])), '<b>');
});

test('§4.2.2 refusals are HTTP answers, and the process lives', async (t) => {
  const { port } = await startServer(t);
  const cases = [
    { lines: ['Origin: https://evil.example'], status: 403 },
    { lines: ['Origin: http://127.0.0.1', 'Origin: https://evil.example'], status: 403 },
    { lines: ['Sec-WebSocket-Version: 8'], status: 426 },
    { lines: ['Sec-WebSocket-Protocol: a, a'], status: 400 },
    { lines: [`Sec-WebSocket-Protocol: ${' ,'.repeat(5000)}`], status: 400 },
    { lines: Array.from({ length: 3000 }, (_, i) => `x${i % 10}: yyyyyyyy`), status: 431 },
  ];
  for (const { lines, status } of cases) {
    const answer = await answerTo(t, port, upgradeRequest(lines));
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
  }
  const h2c = upgradeRequest().replace('websocket', 'h2c');
  assert.match(await answerTo(t, port, h2c), /^HTTP\/1\.1 426 /);
});

test('more headers than Node keeps, and the one that matters is not among them', async (t) => {
  const web = http.createServer({ maxHeaderSize: 256 * 1024 });
  const server = new WebSocketServer({ server: web });
  t.after(() => server.shutdown({ graceMs: 0 }));
  const port = await listen(t, web);
  const many = Array.from({ length: 3000 }, (_, i) => `x${i % 10}: y`).join('\r\n');
  const drowned = upgradeRequest().replace('Upgrade: websocket', `${many}\r\nUpgrade: websocket`);
  // Node 24 refuses them by itself.
  const refusal = /^HTTP\/1\.1 (400 [^]*too many headers|431 [^]*)$/;
  assert.match(await answerTo(t, port, drowned), refusal);
  const behind = upgradeRequest([many]);
  assert.match((await acceptedBy(t, port, behind)).head, /^HTTP\/1\.1 (101|431) /);
});

test('a server of its own answers plain requests with 426', async (t) => {
  const { port } = await startServer(t);
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(response.status, 426);
  assert.equal(response.headers.get('upgrade'), 'websocket');
});

test('a reset at every byte of handshake and frame leaves the server alive', async (t) => {
  for (const verifyClient of [() => true, async () => true]) {
    const { port, url } = await startServer(t, { verifyClient });
    const bytes = upgradeRequest() + '\x81\x85\x00\x00\x00\x00Hello';
    for (let length = 0; length <= bytes.length; length++) {
      const raw = await openRaw(t, port, bytes.slice(0, length));
      raw.resetAndDestroy();
    }
    await once(startClient(t, url), 'open');
  }
});

test('clients are listed while they are connected', async (t) => {
  const { server, url } = await startServer(t);
  startClient(t, url);
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  assert.deepEqual([...server.clients], [socket]);
  const sizes: number[] = [];
  socket.on('close', () => sizes.push(server.clients.size));
  socket.close();
  await closeOf(socket);
  assert.deepEqual(sizes, [0]);
});

test('a program that removes all listeners of a connection does not stop the server', async (t) => {
  const { server, url } = await startServer(t);
  startClient(t, url);
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  socket.removeAllListeners();
  assert.deepEqual(await server.shutdown(), { closed: 1, terminated: 0 });
});

test('broadcast: one message for all, or all but some', async (t) => {
  const { server, url } = await startServer(t, { clientTracking: false });
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const clients: WebSocket[] = [];
  for (let i = 0; i < 3; i++) {
    const client = startClient(t, url);
    await once(client, 'open');
    clients.push(client);
  }
  const texts = Promise.all(clients.map(textOf));
  assert.deepEqual(server.broadcast('all'), { sent: 3, queued: 0, dropped: 0 });
  assert.deepEqual(await texts, ['all', 'all', 'all']);
  const rest = textOf(clients[2]!);
  const except = sockets.slice(0, 2);
  assert.deepEqual(server.broadcast(Buffer.from('one'), { except }).sent, 1);
  assert.equal(await rest, 'one');
});

test('the constructor takes a listener for `listening`', async (t) => {
  await new Promise<void>((resolve) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', backlog: 5 }, resolve);
    t.after(() => server.shutdown());
  });
});

test('a port that is taken is an `error`, and the server closes all the same', async (t) => {
  const { port } = await startServer(t);
  const server = new WebSocketServer({ port, host: '127.0.0.1' });
  const [error] = (await once(server, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'EADDRINUSE');
  assert.equal(server.address(), null);
  assert.equal(await closed(server), undefined);
});

test('a server that is closed before it listens does not listen', async () => {
  const server = new WebSocketServer({ port: 0, host: 'localhost' });
  server.on('listening', () => assert.fail('closed already'));
  assert.equal(await closed(server), undefined);
  assert.equal(server.address(), null);
});

test('close waits for the connections there are, and takes no more', async (t) => {
  const { server, port, url } = await startServer(t);
  const keptAlive = await openRaw(t, port, upgradeRequest().slice(0, -2));
  startClient(t, url);
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  const order: string[] = [];
  socket.on('close', () => order.push('connection'));
  const done = closed(server).then((error) => order.push(`server ${error}`));
  assert.equal(server.address(), null);
  let answer = '';
  keptAlive.on('data', (chunk) => (answer += chunk));
  keptAlive.write('\r\n');
  await new Promise((resolve) => keptAlive.once('close', resolve));
  assert.match(answer, /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*is shutting down$/);
  socket.close();
  await done;
  assert.deepEqual(order, ['connection', 'server undefined']);
  assert.equal((await closed(server))?.message, 'The server is not running');
  assert.throws(() => server.close('x' as unknown as () => void));
});

test('close waits for a late request only so long, and cuts no WebSocket', async (t) => {
  const { server, port, url } = await startServer(t, { handshakeTimeout: 50 });
  server.on('connection', (socket) => socket.on('message', () => socket.send('alive')));
  const client = startClient(t, url);
  await once(client, 'open');
  const slow = await openRaw(t, port, 'GET / HTTP/1.1\r\n');
  const done = closed(server);
  if (!slow.destroyed) await new Promise((resolve) => slow.once('close', resolve));
  client.send('?');
  assert.equal(await textOf(client), 'alive');
  client.close();
  assert.equal(await done, undefined);
});

test('close of an attached server leaves the HTTP server to others', async (t) => {
  const web = http.createServer((_request, response) => response.end('still here'));
  const server = new WebSocketServer({ server: web, clientTracking: false });
  const port = await listen(t, web);
  const client = startClient(t, `ws://127.0.0.1:${port}/`);
  await once(client, 'open');
  // Connections that nobody tracks are not waited for, as in npm ws.
  await closed(server);
  assert.equal(web.listenerCount('upgrade'), 0);
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'still here');
  // They are still closed by shutdown.
  const gone = closeOf(client);
  assert.deepEqual(await server.shutdown(), { closed: 1, terminated: 0 });
  assert.equal((await gone).code, 1001);
});

test('shutdown closes with 1001, cuts who does not answer, and counts both', async (t) => {
  const { server, port, url } = await startServer(t);
  const polite = startClient(t, url);
  await once(server, 'connection');
  await acceptedBy(t, port);
  const half = await openRaw(t, port, 'GET / HTTP/1.1\r\n');
  const result = closeOf(polite);
  assert.deepEqual(await server.shutdown({ reason: 'restart', graceMs: 30 }), {
    closed: 1,
    terminated: 1,
  });
  assert.deepEqual(await result, { code: 1001, reason: 'restart' });
  if (!half.destroyed) await new Promise((resolve) => half.once('close', resolve));
  const late = startClient(t, url);
  const error = await new Promise<Error & { code?: string }>((resolve) =>
    late.on('error', resolve),
  );
  assert.equal(error.code, 'ECONNREFUSED');
  assert.ok((await closed(server)) instanceof Error);
  assert.deepEqual(await server.shutdown(), { closed: 0, terminated: 0 });
});

test('shutdown refuses handshakes whose verifyClient has not answered', async (t) => {
  let ask = (_done: (verified: boolean) => void) => {};
  const asked = new Promise<(verified: boolean) => void>((resolve) => (ask = resolve));
  const { server, port } = await startServer(t, { verifyClient: (_info, done) => ask(done) });
  server.on('connection', () => assert.fail('closed already'));
  const answer = answerTo(t, port, upgradeRequest());
  const done = await asked;
  assert.deepEqual(await server.shutdown(), { closed: 0, terminated: 0 });
  assert.match(await answer, /^HTTP\/1\.1 503 [^]*is shutting down$/);
  done(true);
});

test('shutdown refuses what must not be sent, and closes nothing then', async (t) => {
  const { server, url } = await startServer(t);
  const client = startClient(t, url);
  await once(client, 'open');
  await assert.rejects(server.shutdown({ code: 1005 }), /code must be .* got 1005/);
  await assert.rejects(server.shutdown({ reason: 'x'.repeat(124) }), /got 124/);
  await assert.rejects(server.shutdown({ graceMs: NaN }), /graceMs must be 0 or more, got NaN/);
  assert.equal(client.readyState, 1);
  await once(startClient(t, url), 'open');
});

test('a socket that has ended already is let go', () => {
  const server = new WebSocketServer({ noServer: true });
  const socket = new PassThrough();
  socket.destroy();
  const request = {
    method: 'GET',
    httpVersion: '1.1',
    url: '/',
    socket: {},
    headers: {
      host: 'localhost',
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    },
  } as http.IncomingMessage;
  server.handleUpgrade(request, socket, Buffer.alloc(0), () => assert.fail('nobody is there'));
  assert.equal(server.clients.size, 0);
});
