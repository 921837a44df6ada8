import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import * as net from 'node:net';
import { test } from 'node:test';
import { WebSocket } from '../../../src/websocket/index.ts';
import {
  accepting,
  errorOf,
  failureOf,
  headerOf,
  response,
  startRaw,
} from '../../../testing/raw-servers.ts';
import { closeOf, startClient, startServer, textOf } from '../../../testing/websocket-peers.ts';

test('what cannot be used throws at once', () => {
  const wrong = [
    () => new WebSocket('relative'),
    () => new WebSocket('ws://127.0.0.1/', ['a b']),
    () => new WebSocket('ws://127.0.0.1/', ['a', 'a']),
    () => new WebSocket('ws://127.0.0.1/', [], { protocols: 'a\r\nb' }),
  ];
  for (const make of wrong) assert.throws(make, SyntaxError);
  const headers = { a: 'b\r\nc: d' };
  assert.throws(() => new WebSocket('ws://127.0.0.1/', [], { headers }), TypeError);
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

test('§4.1 the request, byte for byte but for its key', async (t) => {
  let seen = '';
  const port = await startRaw(t, (request, socket) => {
    seen = request;
    socket.write(accepting(request, ['Sec-WebSocket-Protocol: b']));
  });
  const url = `http://u:p@127.0.0.1:${port}/%0d%0a?q\r\n`;
  const client = startClient(t, url, [], { protocols: ['a', 'b'] });
  await once(client, 'open');
  assert.equal(client.protocol, 'b');
  assert.equal(
    seen.replace(/(Key: )[+/\w]{22}==/, '$1...'),
    'GET /%0d%0a?q HTTP/1.1\r\nAuthorization: Basic dTpw\r\nUpgrade: websocket\r\n' +
      'Connection: Upgrade\r\nSec-WebSocket-Key: ...\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Protocol: a, b\r\n' +
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n' +
      `Host: 127.0.0.1:${port}\r\n\r\n`,
  );
});

test('nobody listens: an error and a close', async () => {
  const unused = net.createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const { port } = unused.address() as net.AddressInfo;
  unused.close();
  await once(unused, 'close');
  const error = await failureOf(new WebSocket(`ws://u:secret@127.0.0.1:${port}/?token=secret`));
  assert.equal(error.code, 'ECONNREFUSED');
  assert.equal(error.phase, 'tcp');
  const start = `no handshake with 127.0.0.1:${port} (phase tcp): ECONNREFUSED; nothing listens`;
  assert.ok(error.message.startsWith(start), error.message);
  assert.ok(!error.message.includes('secret'));
  assert.ok(error.cause instanceof Error);
});

const answers = [
  { name: 'an end', answer: '', code: 'ECONNRESET', phase: 'http' },
  { name: 'half a head', answer: 'HTTP/1.1 101', code: 'ECONNRESET', phase: 'http' },
  { name: 'mail', answer: '220 ESMTP\r\n\r\n', code: 'ERR_WS_RESPONSE_HEAD', phase: 'http' },
  {
    name: 'an endless head',
    answer: `HTTP/1.1 101 x\r\n${'A: 20 bytes of header\r\n'.repeat(2000)}`,
    code: 'ERR_WS_RESPONSE_HEAD',
    phase: 'http',
  },
  {
    name: 'no Upgrade',
    answer: 'HTTP/1.1 101 x\r\nConnection: Upgrade\r\n\r\n',
    code: 'ERR_WS_UPGRADE_HEADER',
    phase: 'accept',
  },
  {
    name: 'no Connection',
    answer: 'HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n',
    code: 'ERR_WS_CONNECTION_HEADER',
    phase: 'accept',
  },
  {
    name: 'another protocol',
    answer: 'HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    code: 'ERR_WS_UPGRADE_HEADER',
    phase: 'accept',
  },
  {
    name: 'a wrong key',
    answer:
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: AAAA\r\n\r\n',
    code: 'ERR_WS_ACCEPT_KEY',
    phase: 'accept',
  },
  {
    name: 'a 200 that would upgrade',
    answer: `${response(200, ['Upgrade: websocket', 'Connection: Upgrade'], 'page')}`,
    code: 'ERR_WS_UNEXPECTED_STATUS',
    phase: 'http',
  },
];
for (const { name, answer, code, phase } of answers) {
  test(`§4.1 the server answers with ${name}`, async (t) => {
    const port = await startRaw(t, (_request, socket) => socket.end(answer));
    const error = await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`));
    assert.equal(error.code, code);
    assert.equal(error.phase, phase);
    if (phase === 'accept') assert.equal(error.status, 101);
  });
}

for (const [line, code] of [
  ['Sec-WebSocket-Extensions: constructor', 'ERR_WS_EXTENSION'],
  ['Sec-WebSocket-Protocol: toString', 'ERR_WS_SUBPROTOCOL'],
] as const) {
  test(`§4.1 the server answers with ${line}, which nobody asked for`, async (t) => {
    const port = await startRaw(t, (request, socket) => socket.write(accepting(request, [line])));
    assert.equal((await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`))).code, code);
  });
}

test('a refusal tells status, headers and the start of its body', async (t) => {
  const body = `no: ${'\u20ac'.repeat(1000)}`;
  const lines = ['X-Why: because', 'Retry-After: 3'];
  const port = await startRaw(t, (_request, socket) => socket.write(response(403, lines, body)));
  const error = await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`));
  assert.equal(error.status, 403);
  assert.equal(error.headers?.['x-why'], 'because');
  assert.equal(error.body, `no: ${'\u20ac'.repeat(340)}`);
  assert.match(error.message, /response: 403; the server may not allow this Origin/);
});

test('a refusal whose body does not come is one after the handshake timeout', async (t) => {
  const head = 'HTTP/1.1 404 x\r\nContent-Length: 9\r\n\r\nhalf';
  const port = await startRaw(t, (_request, socket) => socket.write(head));
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { handshakeTimeout: 50 });
  const error = await failureOf(client);
  assert.equal(error.status, 404);
  assert.equal(error.body, 'half');
});

test('a server that says nothing is given up after the handshake timeout', async (t) => {
  let ended: Promise<unknown> | undefined;
  const port = await startRaw(t, (_request, socket) => (ended = once(socket, 'close')));
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { handshakeTimeout: 50 });
  const error = await failureOf(client);
  assert.equal(error.code, 'ERR_WS_HANDSHAKE_TIMEOUT');
  assert.match(error.message, /with 127\.0\.0\.1:\d+ \(phase .*\): .* within 50 ms/);
  await ended;
});

test('a handshake that drips is given up too', async (t) => {
  const port = await startRaw(t, (_request, socket) => {
    socket.write('HTTP/1.1 101 x\r\n');
    const timer = setInterval(() => socket.write('A: b\r\n'), 5);
    socket.on('close', () => clearInterval(timer));
  });
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { handshakeTimeout: 50 });
  assert.equal((await failureOf(client)).code, 'ERR_WS_HANDSHAKE_TIMEOUT');
});

test('closing while connecting gives the attempt up', async (t) => {
  const port = await startRaw(t, () => {});
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  const failure = errorOf(client);
  client.close();
  assert.match((await failure).message, /closed before it was established/);
});

test('an answer may come byte by byte, and frames with it', async (t) => {
  const port = await startRaw(t, (request, socket) => {
    socket.setNoDelay(true);
    for (const byte of `${accepting(request)}\x81\x05early`) socket.write(byte, 'latin1');
  });
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${port}/`)), 'early');
  const whole = await startRaw(t, (request, socket) => {
    socket.write(`${accepting(request)}\x81\x05early`, 'latin1');
  });
  assert.equal(await textOf(startClient(t, `ws://127.0.0.1:${whole}/`)), 'early');
});

test('a reset at any byte of the answer is an error and a close', async (t) => {
  let bytes = 0;
  const port = await startRaw(t, (request, socket) => {
    socket.write(accepting(request).slice(0, bytes), () => socket.resetAndDestroy());
  });
  for (; bytes < 128; bytes++) {
    const error = await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`));
    assert.match(error.code, /^(ECONNRESET|EPIPE)$/, `after ${bytes} bytes`);
  }
});

test('3,000 headers are refused: Node drops those that matter', async (t) => {
  const port = await startRaw(t, (request, socket) => {
    const many = Array.from({ length: 3000 }, () => 'a:');
    const [first = '', ...rest] = accepting(request).split('\r\n');
    socket.write([first, ...many, ...rest].join('\r\n'));
  });
  const error = await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`));
  assert.equal(error.code, 'ERR_WS_UPGRADE_HEADER');
});

test('`upgrade` shows the response, and whoever closes there gets no connection', async (t) => {
  const port = await startRaw(t, (request, socket) => socket.write(accepting(request, ['X-A: b'])));
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  client.on('upgrade', (answer) => {
    assert.equal(answer.headers['x-a'], 'b');
    client.terminate();
  });
  assert.match((await errorOf(client)).message, /closed before it was established/);
});

test('`unexpected-response` hands the response over, and no error follows', async (t) => {
  const port = await startRaw(t, (_request, socket) => socket.end(response(401, [], 'who?')));
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  const events: string[] = [];
  client.on('error', () => events.push('error')).on('close', () => events.push('close'));
  const [request, answer] = await new Promise<[ClientRequest, IncomingMessage]>((resolve) => {
    client.on('unexpected-response', (...both) => resolve(both));
  });
  assert.equal(answer.statusCode, 401);
  assert.equal(request.getHeader('host'), `127.0.0.1:${port}`);
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  assert.equal(body, 'who?');
  if (!request.closed) await once(request, 'close');
  assert.deepEqual(events, []);
  const closed = closeOf(client);
  client.terminate();
  assert.equal((await closed).code, 1006);
});

test('a response that was handed over and hangs is cut after the handshake timeout', async (t) => {
  const head = 'HTTP/1.1 401 x\r\nContent-Length: 9\r\n\r\n';
  const port = await startRaw(t, (_request, socket) => socket.write(head));
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { handshakeTimeout: 50 });
  client.on('unexpected-response', () => {});
  assert.equal((await failureOf(client)).code, 'ERR_WS_HANDSHAKE_TIMEOUT');
});

test('`finishRequest` adds to the request and sends it', async (t) => {
  let seen: string | undefined;
  const port = await startRaw(t, (request, socket) => {
    seen = headerOf(request, 'X-Late');
    socket.write(accepting(request));
  });
  const calls: unknown[] = [];
  const client = startClient(t, `ws://127.0.0.1:${port}/`, [], {
    finishRequest(request, websocket) {
      calls.push(websocket);
      request.setHeader('X-Late', 'yes');
      request.end();
    },
  });
  await once(client, 'open');
  assert.equal(seen, 'yes');
  assert.deepEqual(calls, [client]);
});

test('what the program destroys the request with is its own error', async (t) => {
  const port = await startRaw(t, () => {});
  const own = new Error('no longer wanted');
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], {
    finishRequest: (request) => void request.destroy(own),
  });
  assert.equal(await errorOf(client), own);
});

test('a signal gives the attempt up', async (t) => {
  const controller = new AbortController();
  const port = await startRaw(t, () => controller.abort());
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { signal: controller.signal });
  assert.equal((await errorOf(client)).name, 'AbortError');
});

test('a client that failed drops what is sent', async (t) => {
  const port = await startRaw(t, (_request, socket) => socket.destroy());
  const client = new WebSocket(`ws://127.0.0.1:${port}/`);
  await failureOf(client);
  const error = await new Promise((resolve) => client.send('x', resolve));
  assert.ok(error instanceof Error);
});
