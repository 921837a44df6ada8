import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { ServerResponse } from 'node:http';
import { respondText } from '../../../src/http/index.ts';
import type { Handler } from '../../../src/http/index.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import { ask, openTls, readAll, startHttpsServer } from '../../../testing/http-peers.ts';

const hello: Handler = (exchange) => respondText(exchange, 'hello');
const statusOf = (text: string) => text.split('\r\n', 1)[0];

test('RFC 6585 §5 headers up to the limit pass, beyond it 431 and the end', async (t) => {
  const { port, line } = await startHttpsServer(t, hello);
  const request = (bytes: number) =>
    `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX: ${'a'.repeat(bytes)}\r\n\r\n`;
  const small = await readAll(await openTls(t, port, request(15 * 1024)));
  assert.equal(statusOf(small), 'HTTP/1.1 200 OK');
  const large = await readAll(await openTls(t, port, request(17 * 1024)));
  assert.equal(statusOf(large), 'HTTP/1.1 431 Request Header Fields Too Large');
  assert.match(large, /\r\nConnection: close\r\n/);
  assert.match(large, /\r\nX-Content-Type-Options: nosniff\r\n/);
  assert.match(await line(1), new RegExp(` 127\\.0\\.0\\.1 - - 431 ${large.length} -$`));
});

const late = { headersTimeoutMs: 20, requestTimeoutMs: 40, timeoutCheckIntervalMs: 10 };
const slow: readonly { name: string; bytes: string }[] = [
  { name: 'half a request line', bytes: 'GET /' },
  { name: 'headers without end', bytes: 'GET / HTTP/1.1\r\nHost: localhost\r\nX: y\r\n' },
  {
    name: 'a body without end',
    bytes: 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc',
  },
];
for (const { name, bytes } of slow) {
  test(`§15.5.9 ${name} is 408`, async (t) => {
    const { port, lines, line } = await startHttpsServer(t, () => {}, late);
    const text = await readAll(await openTls(t, port, bytes));
    assert.equal(statusOf(text), 'HTTP/1.1 408 Request Timeout');
    await line(0);
    assert.equal(lines.length, 1);
  });
}

test('a connection that never asks is closed without a word, and not logged', async (t) => {
  const { port, lines } = await startHttpsServer(t, hello, late);
  assert.equal(await readAll(await openTls(t, port)), '');
  assert.deepEqual(lines, []);
});

const malformed = [
  'hello\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
];
for (const bytes of malformed) {
  test(`§15.5.1 ${JSON.stringify(bytes)} is 400`, async (t) => {
    const { port, line } = await startHttpsServer(t, hello, { keepAliveTimeoutMs: 1 });
    const text = await readAll(await openTls(t, port, bytes));
    assert.equal(statusOf(text), 'HTTP/1.1 400 Bad Request');
    assert.match(await line(0), / 400 \d+ /);
  });
}

test('garbage behind a response that has begun ends it, and writes nothing into it', async (t) => {
  let response: ServerResponse | undefined;
  const { port, line, lines } = await startHttpsServer(t, (exchange) => {
    response = exchange.response;
    response.write('begun');
  });
  const socket = await openTls(t, port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.write('garbage\r\n\r\n');
  assert.doesNotMatch(await readAll(socket), /HTTP\/1\.1 400/);
  assert.match(await line(0), / GET \/ 200 \d+ \d+ms aborted$/);
  assert.equal(lines.length, 1);
  // The handler does not know yet; that it writes on is no mistake, and breaks nothing.
  response?.write('more');
  response?.end();
  assert.equal(response?.destroyed, true);
});

test('§7.8 an upgrade that nobody listens to is a request like any other', async (t) => {
  const { port } = await startHttpsServer(t, hello);
  const bytes =
    'GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\n' +
    'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n';
  assert.equal(statusOf(await readAll(await openTls(t, port, bytes))), 'HTTP/1.1 200 OK');
});

test('a write after the end of a response is a mistake of the handler', async (t) => {
  const { port, errors } = await startHttpsServer(t, (exchange) => {
    hello(exchange);
    exchange.response.write('more');
  });
  assert.equal((await ask(port, '/')).body, 'hello');
  assert.deepEqual(
    errors.map((error) => (error as NodeJS.ErrnoException).code),
    ['ERR_STREAM_WRITE_AFTER_END'],
  );
});

test('requests sent at once are answered in their order, up to the limit of a connection', async (t) => {
  const { port, lines } = await startHttpsServer(
    t,
    (exchange) => respondText(exchange, `<${exchange.path}>`),
    { maxRequestsPerConnection: 3, keepAliveTimeoutMs: 1 },
  );
  const bytes = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const text = await readAll(await openTls(t, port, bytes.join('')));
  assert.deepEqual(text.match(/<[^>]*>/g), ['</1>', '</2>', '</3>']);
  assert.match(text, /Connection: close[^<]*<\/3>$/);
  assert.equal(lines.length, 3);
});

test('random bytes never harm the server', async (t) => {
  const random = seededRandom(t);
  const { port, errors } = await startHttpsServer(t, hello);
  const pieces = ['GET ', '/ ', 'HTTP/1.1', '\r\n', ': ', 'Host', 'a', '\0', '\xff', '\n', ' '];
  for (let round = 0; round < 50; round++) {
    const bytes = Array.from({ length: random.below(30) }, () => random.pick(pieces)).join('');
    const socket = await openTls(t, port, bytes);
    socket.end();
    await readAll(socket);
  }
  assert.equal((await ask(port, '/')).body, 'hello');
  assert.deepEqual(errors, []);
});
