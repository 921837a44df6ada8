import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from '../../../src/websocket/index.ts';
import type { WebSocket } from '../../../src/websocket/index.ts';
import {
  closeOf,
  openRaw,
  readToEnd,
  startClient,
  startServer,
  textOf,
  upgradeRequest,
} from '../../../testing/websocket-peers.ts';

async function listen(t: Parameters<typeof startServer>[0], server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('attaches to an existing server, which goes on answering HTTP', async (t) => {
  const web = http.createServer((_request, response) => response.end('plain http'));
  const server = new WebSocketServer({ server: web });
  t.after(() => server.shutdown({ graceMs: 0 }));
  server.on('connection', (socket) => socket.on('message', (data) => socket.send(`<${data}>`)));
  const port = await listen(t, web);
  const client = startClient(t, `ws://127.0.0.1:${port}/`);
  await once(client, 'open');
  client.send('hi');
  assert.equal(await textOf(client), '<hi>');
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'plain http');
});

test('several servers on one, by path; other paths get 404 only where nobody else is', async (t) => {
  const web = http.createServer();
  const one = new WebSocketServer({ server: web, path: '/one' });
  one.on('connection', (socket) => socket.send('one'));
  const port = await listen(t, web);
  const lonely = await openRaw(t, port, upgradeRequest());
  assert.match((await readToEnd(lonely)).toString(), /^HTTP\/1\.1 404 Not Found\r\n/);
  const two = new WebSocketServer({ server: web, path: '/two' });
  two.on('connection', (socket) => socket.send('two'));
  t.after(() => Promise.all([one.shutdown({ graceMs: 0 }), two.shutdown({ graceMs: 0 })]));
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/one?x=/two`)), 'one');
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/two`)), 'two');
});

test('the upgrade is asked for, decided and performed by the program (noServer)', async (t) => {
  const server = new WebSocketServer({ noServer: true });
  const web = http.createServer();
  t.after(() => server.shutdown({ graceMs: 0 }));
  web.on('upgrade', (request, socket, head) => {
    server.handleUpgrade(request, socket, head, (client) => client.send(`at ${request.url}`));
  });
  const port = await listen(t, web);
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/here`)), 'at /here');
  assert.throws(() => server.address(), /noServer/);
});

test('§4.2.2 refusals are HTTP answers, and the process lives', async (t) => {
  const { port } = await startServer(t);
  const cases = [
    { lines: ['Origin: https://evil.example'], status: 403 },
    { lines: ['Sec-WebSocket-Version: 8'], status: 426 },
    { lines: ['Sec-WebSocket-Protocol: a, a'], status: 400 },
    { lines: Array.from({ length: 3000 }, (_, i) => `x${i % 10}: yyyyyyyy`), status: 431 },
  ];
  for (const { lines, status } of cases) {
    const raw = await openRaw(t, port, upgradeRequest(lines));
    assert.match((await readToEnd(raw)).toString(), new RegExp(`^HTTP/1\\.1 ${status} `));
  }
  // More headers than Node keeps, and the one that matters is not among those it does.
  const many = Array.from({ length: 2500 }, (_, i) => `${i % 10}:`).join('\r\n');
  const drowned = upgradeRequest().replace('Upgrade: websocket', `${many}\r\nUpgrade: websocket`);
  const answer = await readToEnd(await openRaw(t, port, drowned));
  assert.match(answer.toString(), /^HTTP\/1\.1 4(00|26|31) /);
  const h2c = upgradeRequest().replace('websocket', 'h2c');
  assert.match((await readToEnd(await openRaw(t, port, h2c))).toString(), /^HTTP\/1\.1 426 /);
});

test('a server of its own answers plain requests with 426', async (t) => {
  const { port } = await startServer(t);
  const response = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(response.status, 426);
  assert.equal(response.headers.get('upgrade'), 'websocket');
});

test('a reset at every byte of handshake and frame leaves the server alive', async (t) => {
  const { server, port, url } = await startServer(t);
  const bytes = upgradeRequest() + '\x81\x85\x00\x00\x00\x00Hello';
  for (let length = 0; length <= bytes.length; length++) {
    const raw = await openRaw(t, port, bytes.slice(0, length));
    raw.resetAndDestroy();
  }
  const connection = once(server, 'connection');
  startClient(t, url);
  await connection;
});

test('clients are listed while they are connected', async (t) => {
  const { server, url } = await startServer(t);
  startClient(t, url);
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  assert.deepEqual([...server.clients], [socket]);
  socket.close();
  await closeOf(socket);
  assert.equal(server.clients.size, 0);
});

test('shutdown closes with 1001, refuses newcomers, cuts who does not answer, and counts', async (t) => {
  const { server, port, url } = await startServer(t);
  const polite = startClient(t, url);
  await once(server, 'connection');
  const silent = await openRaw(t, port, upgradeRequest());
  silent.resume();
  await once(server, 'connection');
  const closed = closeOf(polite);
  assert.deepEqual(await server.shutdown({ reason: 'restart', graceMs: 30 }), {
    closed: 1,
    terminated: 1,
  });
  assert.deepEqual(await closed, { code: 1001, reason: 'restart' });
  const late = startClient(t, url);
  const error = await new Promise<Error & { code?: string }>((resolve) =>
    late.on('error', resolve),
  );
  assert.equal(error.code, 'ECONNREFUSED');
  assert.ok((await new Promise((resolve) => server.close(resolve))) instanceof Error);
});

test('exactly one way to listen must be given', () => {
  assert.throws(
    () => new WebSocketServer({}),
    /exactly one of the options port, server and noServer/,
  );
  assert.throws(() => new WebSocketServer({ port: 0, noServer: true }), TypeError);
});
