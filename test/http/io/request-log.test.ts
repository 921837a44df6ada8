import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { HttpError, respondText } from '../../../src/http/index.ts';
import { ask, openTls, readAll, startHttpsServer } from '../../../testing/http-peers.ts';

test('one line for each request: time, peer, method, path, status, bytes, time taken', async (t) => {
  const { port, line, lines } = await startHttpsServer(t, (exchange) => {
    if (exchange.path === '/missing') throw new HttpError(404, 'no');
    respondText(exchange, 'x'.repeat(1000));
  });
  await ask(port, '/a?token=secret');
  await ask(port, '/missing', { method: 'DELETE' });
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
  assert.match(await line(0), time);
  assert.match(await line(0), /Z 127\.0\.0\.1 GET \/a 200 \d+ \d+ms$/);
  assert.match(await line(1), /Z 127\.0\.0\.1 DELETE \/missing 404 \d+ \d+ms$/);
  assert.equal(lines.length, 2);
  assert.ok(!lines.join().includes('secret'));
});

test('the bytes are what went over the wire, also for several requests of one connection', async (t) => {
  const { port, line } = await startHttpsServer(t, (exchange) =>
    respondText(exchange, 'x'.repeat(exchange.path.length * 1000)),
  );
  const request = (path: string, last = '') =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${last}\r\n`;
  const socket = await openTls(t, port, request('/a'));
  let first = '';
  while (first.length < 2000) first += String(((await once(socket, 'data')) as [Buffer])[0]);
  await line(0);
  socket.write(request('/abc', 'Connection: close\r\n'));
  const second = await readAll(socket);
  const bytesOf = async (index: number) => Number((await line(index)).split(' ')[5]);
  assert.equal(await bytesOf(0), first.length);
  assert.equal(await bytesOf(1), second.length);
});

test('a client that leaves before its answer is logged as aborted', async (t) => {
  let asked = () => {};
  const request = new Promise<void>((resolve) => (asked = resolve));
  const { port, line, lines } = await startHttpsServer(t, () => asked());
  const socket = await openTls(t, port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await request;
  socket.destroy();
  assert.match(await line(0), / 127\.0\.0\.1 GET \/slow - 0 \d+ms aborted$/);
  assert.equal(lines.length, 1);
});
