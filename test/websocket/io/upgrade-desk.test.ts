import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { UpgradeRequestError, WebSocket, WebSocketServer } from '../../../src/websocket/index.ts';
import type { VerifyClient, VerifyClientInfo } from '../../../src/websocket/index.ts';
import type { VerifyClientDone } from '../../../src/websocket/io/verification.ts';
import { testCredentials } from '../../../testing/credentials.ts';
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

/** The next status that a server refuses with. */
function refusedBy(server: WebSocketServer): Promise<number> {
  return new Promise((resolve) => {
    server.once('refused', (_request, status) => resolve(status));
  });
}

interface Question {
  info: VerifyClientInfo;
  done: VerifyClientDone;
}

/** A verifyClient that leaves the answer to the test, and what it was asked first. */
function verifierToAsk() {
  let ask = (_question: Question) => {};
  const asked = new Promise<Question>((resolve) => (ask = resolve));
  const verifyClient: VerifyClient = (info, done) => ask({ info, done });
  return { verifyClient, asked };
}

const twice = 'Sec-WebSocket-Protocol: a,a';
const improper = [
  { name: 'POST', find: 'GET', put: 'POST', status: 405 },
  { name: 'two Hosts', find: 'Host:', put: 'Host: a\r\nHost:', status: 400 },
  { name: 'another version', find: 'Version: 13', put: 'Version: 8', status: 426 },
  { name: 'a short key', find: 'dGhl', put: '', status: 400 },
  { name: 'a name twice', find: '\r\n\r\n', put: `\r\n${twice}\r\n\r\n`, status: 400 },
];
for (const { name, find, put, status } of improper) {
  test(`§4.2.1 ${name}: ${status}, or the listener of wsClientError`, async (t) => {
    const { server, port } = await startServer(t);
    const request = upgradeRequest().replace(find, put);
    const refused = refusedBy(server);
    assert.match(await answerTo(t, port, request), new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.equal(await refused, status);
    const errors: Error[] = [];
    server.on('refused', () => assert.fail('the listener answers'));
    server.on('wsClientError', (error: Error, socket: Duplex, { url }: IncomingMessage) => {
      errors.push(error);
      socket.end(`HTTP/1.1 418 ${url}\r\n\r\n`);
    });
    assert.match(await answerTo(t, port, request), /^HTTP\/1\.1 418 \//);
    assert.ok(errors[0] instanceof UpgradeRequestError && errors[0].status === status);
  });
}

test('allowedHosts is asked before allowedOrigins; both before verifyClient', async (t) => {
  const asked: string[] = [];
  const { server, port } = await startServer(t, {
    allowedHosts: ['app.test'],
    allowedOrigins: (origin, request) => {
      asked.push(`${origin} ${request.headers.host}`);
      return origin === 'https://friend.test';
    },
    verifyClient: ({ origin }) => asked.push(`verify ${origin}`) > 0,
  });
  const from = (host: string, origin: string) =>
    upgradeRequest([`Origin: ${origin}`]).replace('127.0.0.1', host);
  const refused = refusedBy(server);
  const foreign = await answerTo(t, port, from('evil.test:80', 'https://friend.test'));
  assert.match(foreign, /^HTTP\/1\.1 403 [^]*\r\n\r\nthis host is not served here$/);
  assert.equal(await refused, 403);
  const page = await answerTo(t, port, from('app.test:80', 'https://evil.test'));
  assert.match(page, /^HTTP\/1\.1 403 [^]*\r\n\r\npages of this origin may not connect$/);
  await acceptedBy(t, port, from('localhost', 'https://friend.test'));
  assert.deepEqual(asked, [
    'https://evil.test app.test:80',
    'https://friend.test localhost',
    'verify https://friend.test',
  ]);
});

test('verifyClient refuses with a status, a body and headers of its own', async (t) => {
  const { port } = await startServer(t, {
    verifyClient: (_info, done) => void setImmediate(done, false, 402, 'pay', { 'X-Price': 5 }),
  });
  const answer = await answerTo(t, port, upgradeRequest());
  assert.match(answer, /^HTTP\/1\.1 402 Payment Required\r\n[^]*X-Price: 5\r\n[^]*\r\n\r\npay$/);
});

const verifiers: { name: string; verifyClient: VerifyClient }[] = [
  { name: 'now', verifyClient: (_info, done) => done(true) },
  { name: 'later', verifyClient: (_info, done) => void setImmediate(done, true) },
  { name: 'as a promise', verifyClient: async () => true },
];
for (const { name, verifyClient } of verifiers) {
  test(`verifyClient may say yes ${name}`, async (t) => {
    const { server, url } = await startServer(t, { verifyClient });
    server.on('connection', (socket) => socket.send('welcome'));
    assert.equal(await textOf(startClient(t, url)), 'welcome');
  });
}

test('verifyClient is told whether the connection is encrypted', async (t) => {
  const { key, cert } = await testCredentials();
  const web = https.createServer({ key, cert });
  const secure: boolean[] = [];
  const verifyClient: VerifyClient = (info) => secure.push(info.secure) > 0;
  const server = new WebSocketServer({ server: web, verifyClient });
  web.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => web.close());
  t.after(() => server.shutdown({ graceMs: 0 }));
  const { port } = web.address() as AddressInfo;
  const raw = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  t.after(() => raw.destroy());
  raw.write(upgradeRequest());
  const [head] = (await once(raw, 'data')) as [Buffer];
  assert.match(head.toString(), /^HTTP\/1\.1 101 /);
  assert.deepEqual(secure, [true]);
});

test('a verifyClient that does not answer in time is not waited for', async (t) => {
  const { verifyClient, asked } = verifierToAsk();
  const { server, port } = await startServer(t, { handshakeTimeout: 20, verifyClient });
  server.on('connection', () => assert.fail('refused already'));
  const refused = refusedBy(server);
  assert.match(await answerTo(t, port, upgradeRequest()), /503 [^]*took too long to decide$/);
  assert.equal(await refused, 503);
  const { done } = await asked;
  done(true);
});

test('a client that goes while verifyClient decides leaves nothing behind', async (t) => {
  const { verifyClient, asked } = verifierToAsk();
  const { server, port } = await startServer(t, { verifyClient });
  server.on('connection', () => assert.fail('nobody is there'));
  await openRaw(t, port, upgradeRequest());
  const { info, done } = await asked;
  const { socket } = info.req;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy();
  await closed;
  done(true);
  assert.equal(socket.bytesWritten, 0);
});

test('`headers` may add lines, and may not break them', async (t) => {
  const { server, port } = await startServer(t);
  server.on('headers', (lines, request) => {
    assert.equal(lines[0], 'HTTP/1.1 101 Switching Protocols');
    lines.push(`Set-Cookie: at=${request.url}`);
  });
  const { head } = await acceptedBy(t, port);
  assert.match(head, /^HTTP\/1\.1 101 [^]*\r\nSet-Cookie: at=\/\r\n\r\n$/);
  server.on('headers', (lines) => lines.push('X: a\r\nSet-Cookie: evil=1'));
  const errors: Error[] = [];
  server.on('wsClientError', (error, socket) => {
    errors.push(error);
    socket.end('HTTP/1.1 500 ours\r\n\r\n');
  });
  assert.equal(await answerTo(t, port, upgradeRequest()), 'HTTP/1.1 500 ours\r\n\r\n');
  assert.ok(errors[0] instanceof TypeError);
});

const boom = new Error('a test throws this on purpose');
const thrower = (): never => {
  throw boom;
};
const origin = 'Origin: http://a.test';
const protocol = 'Sec-WebSocket-Protocol: a';
const throwing = [
  { name: 'allowedOrigins', options: { allowedOrigins: thrower }, line: origin },
  { name: 'verifyClient', options: { verifyClient: thrower }, line: protocol },
  {
    name: 'an async verifyClient',
    options: { verifyClient: async () => thrower() },
    line: protocol,
  },
  { name: 'handleProtocols', options: { handleProtocols: thrower }, line: protocol },
  { name: 'clientAddress', options: { clientAddress: thrower }, line: protocol },
];
for (const { name, options, line } of throwing) {
  test(`when ${name} throws, one client gets 500, and the process a warning`, async (t) => {
    const { server, port } = await startServer(t, options);
    const warned = new Promise((resolve) => process.once('warning', resolve));
    const refused = refusedBy(server);
    const answer = await answerTo(t, port, upgradeRequest([line]));
    // The client learns nothing of what went wrong inside.
    assert.match(answer, /^HTTP\/1\.1 500 Internal Server Error\r\n[^]*\r\n\r\nthe server failed$/);
    assert.equal(await refused, 500);
    assert.equal(await warned, boom);
  });
}

test('when verifyClient throws, a listener of wsClientError is told instead', async (t) => {
  const { server, port } = await startServer(t, { verifyClient: thrower });
  server.on('wsClientError', (error, socket) => {
    assert.equal(error, boom);
    socket.end('HTTP/1.1 500 ours\r\n\r\n');
  });
  assert.equal(await answerTo(t, port, upgradeRequest()), 'HTTP/1.1 500 ours\r\n\r\n');
});

test('the class of the connections may be a subclass', async (t) => {
  class Named extends WebSocket {
    readonly label = 'mine';
  }
  const { server, url } = await startServer(t, { WebSocket: Named });
  server.on('connection', (socket) => socket.send(socket instanceof Named ? socket.label : ''));
  assert.equal(await textOf(startClient(t, url)), 'mine');
});

test('handleProtocols chooses, also names like those of every object', async (t) => {
  const offered: string[][] = [];
  const { server, url } = await startServer(t, {
    handleProtocols: (protocols, request) => {
      offered.push([...protocols, request.url ?? '']);
      protocols.add('never offered');
      return request.url === '/bad' ? 'never offered' : '__proto__';
    },
  });
  const names = ['constructor', '__proto__'];
  server.on('connection', (socket) => socket.send(`<${socket.protocol}>`));
  assert.equal(await textOf(startClient(t, url, names)), '<__proto__>');
  assert.equal(await textOf(startClient(t, url)), '<>');
  assert.deepEqual(offered, [['constructor', '__proto__', '/']]);
});

test('maxConnections: 503, until somebody has gone', async (t) => {
  const { server, port, url } = await startServer(t, { maxConnections: 1, clientTracking: false });
  assert.equal(server.clients, undefined);
  const first = startClient(t, url);
  await once(first, 'open');
  const refused = refusedBy(server);
  assert.match(await answerTo(t, port, upgradeRequest()), /^HTTP\/1\.1 503 [^]*as it takes$/);
  assert.equal(await refused, 503);
  const closed = closeOf(first);
  first.close();
  await closed;
  await acceptedBy(t, port);
});

test('maxConnectionsPerAddress: 429, for the address that the program says', async (t) => {
  const { port } = await startServer(t, {
    maxConnectionsPerAddress: 1,
    clientAddress: ({ headers }) => headers['x-real-ip']?.toString(),
  });
  const from = (address: string) => upgradeRequest([`X-Real-IP: ${address}`]);
  await acceptedBy(t, port, from('192.0.2.1'));
  await acceptedBy(t, port, from('192.0.2.2'));
  await acceptedBy(t, port);
  await acceptedBy(t, port);
  const answer = await answerTo(t, port, from('::ffff:192.0.2.1'));
  assert.match(answer, /^HTTP\/1\.1 429 Too Many Requests\r\n[^]*from your address$/);
});

test('maxConnectionsPerAddress: without more, the address is that of the socket', async (t) => {
  const { port } = await startServer(t, { maxConnectionsPerAddress: 1 });
  await acceptedBy(t, port);
  assert.match(await answerTo(t, port, upgradeRequest()), /^HTTP\/1\.1 429 /);
});

test('a handshake under way counts as a connection', async (t) => {
  const { verifyClient, asked } = verifierToAsk();
  const { port } = await startServer(t, { maxConnections: 1, verifyClient });
  await openRaw(t, port, upgradeRequest());
  await asked;
  assert.match(await answerTo(t, port, upgradeRequest()), /^HTTP\/1\.1 503 /);
});
