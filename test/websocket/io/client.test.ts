import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import { acceptKey, WebSocket } from '../../../src/websocket/index.ts';
import { parseAddress } from '../../../src/websocket/io/client.ts';
import { nextMaskingKey } from '../../../src/websocket/io/masking-keys.ts';
import { closeOf, startClient, startServer, textOf } from '../../../testing/websocket-peers.ts';

/** A TCP server that answers each connection's first bytes with what `answer` makes of them. */
async function stub(
  t: Parameters<typeof startServer>[0],
  answer: (request: string, socket: net.Socket) => void,
): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (chunk) => answer(chunk.toString('latin1'), socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
}

/** The error and the close of a client that cannot connect. */
async function failureOf(client: WebSocket): Promise<Error & { code?: string; status?: number }> {
  const error = new Promise<Error>((resolve) => client.once('error', resolve));
  const closed = closeOf(client);
  const failure = await error;
  assert.equal((await closed).code, 1006);
  assert.equal(client.readyState, WebSocket.CLOSED);
  return failure;
}

test('§3 addresses', () => {
  assert.equal(parseAddress('ws://Example.com/a?b').href, 'ws://example.com/a?b');
  for (const address of ['http://example.com/', 'example.com', 'ws://example.com/#part', '']) {
    assert.throws(() => new WebSocket(address), SyntaxError, address);
  }
  assert.throws(() => new WebSocket('ws://127.0.0.1/', ['a b']), /must be a token, got "a b"/);
  assert.throws(() => new WebSocket('ws://127.0.0.1/', ['a', 'a']), SyntaxError);
  assert.throws(
    () => new WebSocket('ws://127.0.0.1/', [], { headers: { a: 'b\r\nc: d' } }),
    TypeError,
  );
});

test('§4.1 the request carries what was asked for', async (t) => {
  const { server, url } = await startServer(t, { allowedOrigins: ['https://page.example'] });
  const connection = once(server, 'connection');
  const options = { headers: { 'X-Token': 'abc' }, origin: 'https://page.example' };
  const client = startClient(t, `${url}path?query`, 'one', options);
  const [, request] = await connection;
  assert.equal(request.url, '/path?query');
  assert.equal(request.headers['x-token'], 'abc');
  assert.equal(request.headers.origin, 'https://page.example');
  await once(client, 'open');
  assert.equal(client.protocol, 'one');
});

test('§5.3 masking keys are not repeated in order or in number', () => {
  const keys = Array.from({ length: 5000 }, nextMaskingKey);
  assert.ok(new Set(keys).size > 4990);
});

test('nobody listens: an error and a close', async (t) => {
  const url = await stub(t, () => {});
  const port = Number(new URL(url).port);
  const unused = net.createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const free = (unused.address() as net.AddressInfo).port;
  unused.close();
  await once(unused, 'close');
  assert.notEqual(free, port);
  assert.equal((await failureOf(new WebSocket(`ws://127.0.0.1:${free}/`))).code, 'ECONNREFUSED');
});

test('the server refuses: the error tells the status', async (t) => {
  const { url } = await startServer(t);
  const error = await failureOf(new WebSocket(url, [], { origin: 'https://evil.example' }));
  assert.equal(error.code, 'ERR_WS_UNEXPECTED_STATUS');
  assert.equal(error.status, 403);
});

test('the server hangs up, or speaks something else', async (t) => {
  const hangsUp = await stub(t, (_request, socket) => socket.end());
  assert.equal((await failureOf(new WebSocket(hangsUp))).code, 'ERR_WS_NO_RESPONSE');
  const smtp = await stub(t, (_request, socket) => socket.write('220 mail.example ESMTP\r\n\r\n'));
  assert.equal((await failureOf(new WebSocket(smtp))).code, 'ERR_WS_RESPONSE_HEAD');
  const endless = await stub(t, (_request, socket) =>
    socket.write('HTTP/1.1 101 x\r\n'.repeat(5000)),
  );
  assert.equal((await failureOf(new WebSocket(endless))).code, 'ERR_WS_RESPONSE_HEAD');
});

test('a server that says nothing is given up after the handshake timeout', async (t) => {
  const silent = await stub(t, () => {});
  const error = await failureOf(new WebSocket(silent, [], { handshakeTimeout: 20 }));
  assert.match(error.message, /no handshake with 127\.0\.0\.1:\d+ within 20 ms/);
});

test('closing while connecting gives the attempt up', async (t) => {
  const silent = await stub(t, () => {});
  const client = new WebSocket(silent);
  assert.throws(() => client.send('x'), /CONNECTING/);
  const failure = failureOf(client);
  client.close();
  assert.match((await failure).message, /closed before it was established/);
});

test('frames that come in one chunk with the answer are not lost', async (t) => {
  const url = await stub(t, (request, socket) => {
    const key = /Sec-WebSocket-Key: (\S+)/.exec(request)?.[1] ?? '';
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n\x81\x05early`,
      'latin1',
    );
  });
  const client = startClient(t, url);
  assert.equal(await textOf(client), 'early');
});

test('a client that failed drops what is sent', async (t) => {
  const hangsUp = await stub(t, (_request, socket) => socket.destroy());
  const client = new WebSocket(hangsUp);
  await failureOf(client);
  const error = await new Promise((resolve) => client.send('x', resolve));
  assert.ok(error instanceof Error);
});
