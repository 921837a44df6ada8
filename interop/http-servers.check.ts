/** Our server beside Express, Fastify and Hono: their routes go on, and the upgrades are ours. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { serve } from '@hono/node-server';
import { WebSocket, WebSocketServer } from 'barewire/websocket';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';

/** Attaches an echo at /echo to a server that listens, and tries it and the routes. */
async function tryBoth(t: TestContext, server: http.Server): Promise<void> {
  const sockets = new WebSocketServer({ server, path: '/echo' });
  sockets.on('connection', (socket, request) => {
    socket.send(`${request.url} for ${request.headers.cookie}`);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  t.after(() => {
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const page = await fetch(`http://${host}/hello/Ann`);
  assert.deepEqual([page.status, await page.text()], [200, 'hello Ann']);

  const socket = new WebSocket(`ws://${host}/echo?room=1`, { headers: { Cookie: 'a=1' } });
  const first = once(socket, 'message') as Promise<[Buffer]>;
  await once(socket, 'open');
  assert.equal(String((await first)[0]), '/echo?room=1 for a=1');
  const echo = once(socket, 'message') as Promise<[Buffer, boolean]>;
  socket.send(Buffer.from([1, 2, 3]));
  const [data, isBinary] = await echo;
  assert.deepEqual([[...data], isBinary], [[1, 2, 3], true]);

  // Both at the same time, and another path is refused.
  assert.equal(await (await fetch(`http://${host}/hello/Ben`)).text(), 'hello Ben');
  await assert.rejects(once(new WebSocket(`ws://${host}/other`), 'open'));
  const closed = once(socket, 'close');
  socket.close(1000);
  assert.equal((await closed)[0], 1000);
}

test('Express', async (t) => {
  const app = express();
  app.get('/hello/:name', (request, response) => {
    response.send(`hello ${request.params.name}`);
  });
  const server = http.createServer(app).listen(0, '127.0.0.1');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  await once(server, 'listening');
  await tryBoth(t, server);
});

test('Fastify', async (t) => {
  const app = Fastify({ forceCloseConnections: true });
  app.get<{ Params: { name: string } }>('/hello/:name', (request, reply) => {
    reply.send(`hello ${request.params.name}`);
  });
  t.after(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  await tryBoth(t, app.server);
});

test('Hono on its Node server', async (t) => {
  const app = new Hono();
  app.get('/hello/:name', (context) => context.text(`hello ${context.req.param('name')}`));
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as http.Server;
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  if (!server.listening) await once(server, 'listening');
  await tryBoth(t, server);
});
