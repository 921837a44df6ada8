import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import { respondText } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { ConnectionTracker } from '../../../src/http/io/graceful-shutdown.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { ask, openTls, readAll, startHttpsServer } from '../../../testing/http-peers.ts';

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const long = 60_000;

/** A handler that says when it has a response, and leaves it to the test. */
function handOver(): { handler: Handler; response: Promise<ServerResponse> } {
  let give: (response: ServerResponse) => void;
  const response = new Promise<ServerResponse>((resolve) => (give = resolve));
  return { handler: (exchange) => give(exchange.response), response };
}

test('nothing open: at once', async (t) => {
  const { listener } = await startHttpsServer(t, () => {});
  await listener.shutdown({ graceMs: long });
});

test('idle connections go at once: kept alive, and never used', async (t) => {
  const { listener, port } = await startHttpsServer(t, (exchange) => respondText(exchange, 'x'));
  const used = await openTls(t, port, get);
  await once(used, 'data');
  const unused = await openTls(t, port);
  const closed = Promise.all([once(used, 'close'), once(unused, 'close')]);
  await listener.shutdown({ graceMs: long });
  await closed;
});

test('a running response finishes, its connection closes, nothing new begins', async (t) => {
  const { handler, response } = handOver();
  const { listener, port, line } = await startHttpsServer(t, handler);
  const socket = await openTls(t, port, get);
  const running = await response;
  const ended = listener.shutdown({ graceMs: long });
  await assert.rejects(ask(port, '/'), { code: 'ECONNREFUSED' });
  running.end('finished');
  const text = await readAll(socket);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*finished$/);
  await ended;
  assert.match(await line(0), / GET \/ 200 \d+ \d+ms$/);
});

test('a request behind a running one is answered, too, as the last of its connection', async (t) => {
  const waiting: ServerResponse[] = [];
  let arrived: () => void;
  const first = new Promise<void>((resolve) => (arrived = resolve));
  const { listener, port } = await startHttpsServer(t, ({ response }) => {
    waiting.push(response);
    if (waiting.length === 1) arrived();
    else response.end('second');
  });
  const socket = await openTls(t, port, get);
  await first;
  waiting[0]!.write('first');
  const ended = listener.shutdown({ graceMs: long });
  socket.write(get);
  while (waiting.length < 2) await new Promise((resolve) => setImmediate(resolve));
  waiting[0]!.end();
  const text = await readAll(socket);
  assert.match(text, /first[^]*Connection: close\r\n[^]*second$/);
  await ended;
});

test('a response that ended, but is still being sent, is sent to its last byte', async (t) => {
  const body = Buffer.alloc(40_000_000, 'x');
  const { listener, port } = await startHttpsServer(t, ({ response }) => response.end(body) && void 0);
  const { authorityCertificate: ca } = await testCredentials();
  const request = https.get({ host: '127.0.0.1', port, ca, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const ended = listener.shutdown({ graceMs: long });
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  assert.equal(bytes, body.length);
  await ended;
});

test('a response that never ends is cut off after the grace', async (t) => {
  const { handler, response } = handOver();
  const { listener, port, line } = await startHttpsServer(t, handler);
  const socket = await openTls(t, port, get);
  (await response).write('begun');
  const text = readAll(socket);
  await listener.shutdown({ graceMs: 20 });
  assert.match(await text, /begun/);
  assert.match(await line(0), / GET \/ 200 \d+ \d+ms aborted$/);
});

test('half a request is cut off after the grace', async (t) => {
  const { listener, port, server } = await startHttpsServer(t, () => {});
  const accepted = once(server, 'secureConnection');
  const socket = await openTls(t, port, 'GET / HT');
  await accepted;
  const closed = once(socket, 'close');
  await listener.shutdown({ graceMs: 20 });
  await closed;
});

const upgrade =
  'GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n';

for (const polite of [true, false]) {
  const title = polite ? 'may say good-bye within the grace' : 'is cut off after it';
  test(`an upgraded socket, which the server has forgotten, ${title}`, async (t) => {
    const { listener, port, server } = await startHttpsServer(t, () => {});
    const upgraded = new Promise<Duplex>((resolve) => {
      server.on('upgrade', (_request, socket: Duplex) => {
        socket.on('error', () => {});
        socket.write(switching);
        resolve(socket);
      });
    });
    const client = await openTls(t, port, upgrade);
    const [socket] = await Promise.all([upgraded, once(client, 'data')]);
    const text = readAll(client);
    const ended = listener.shutdown({ graceMs: polite ? long : 20 });
    if (polite) socket.end('good-bye');
    assert.equal(await text, polite ? 'good-bye' : '');
    await ended;
  });
}

test('close() cuts everything off; asked twice it is the same end', async (t) => {
  const { handler, response } = handOver();
  const { listener, port } = await startHttpsServer(t, handler);
  const socket = await openTls(t, port, get);
  await response;
  const closed = once(socket, 'close');
  await Promise.all([listener.close(), listener.shutdown({ graceMs: long }), closed]);
});

test('the tracker counts sockets until they close', async (t) => {
  const server = http.createServer((_request, response) => response.end());
  const tracker = new ConnectionTracker(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  await ask(port, '/', { plain: true, agent });
  assert.equal(tracker.socketCount, 1);
  await tracker.drain(long);
  assert.equal(tracker.socketCount, 0);
});
