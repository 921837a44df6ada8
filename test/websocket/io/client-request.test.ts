import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { test } from 'node:test';
import * as tls from 'node:tls';
import { WebSocket } from '../../../src/websocket/index.ts';
import { openRequest, watchPhases } from '../../../src/websocket/io/client-request.ts';
import { parseAddress, targetOf } from '../../../src/websocket/address.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { accepting, errorOf, failureOf, headerOf, startRaw } from '../../../testing/raw-servers.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { startClient, startServer } from '../../../testing/websocket-peers.ts';

async function startTls(t: Parameters<typeof startRaw>[0]) {
  const { key, cert, authorityCertificate: ca } = await testCredentials();
  const sockets: tls.TLSSocket[] = [];
  const port = await startRaw(
    t,
    (request, socket) => {
      sockets.push(socket as tls.TLSSocket);
      socket.write(accepting(request));
    },
    { tls: { key, cert, ALPNProtocols: ['h2', 'http/1.1'] } },
  );
  return { port, ca, sockets };
}

test('CVE-2016-10536 a certificate is checked unless somebody says otherwise', async (t) => {
  const { port, ca, sockets } = await startTls(t);
  const url = `wss://localhost:${port}/`;
  const error = await failureOf(new WebSocket(url));
  assert.match(error.code, /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)$/);
  assert.equal(error.phase, 'tls');
  assert.match(error.message, /as the option ca/);
  assert.equal(sockets.length, 0);
  await once(startClient(t, url, [], { ca }), 'open');
  await once(startClient(t, url, [], { rejectUnauthorized: false }), 'open');
});

test('RFC 6066 §3, RFC 7301 the server is told the name, and that we speak HTTP/1.1', async (t) => {
  const { port, ca, sockets } = await startTls(t);
  const names = [
    { url: `wss://localhost:${port}/`, options: {}, want: 'localhost' },
    { url: `wss://127.0.0.1:${port}/`, options: {}, want: false },
    {
      url: `wss://127.0.0.1:${port}/`,
      options: { servername: 'the-shop.localhost' },
      want: 'the-shop.localhost',
    },
  ];
  for (const { url, options, want } of names) {
    await once(startClient(t, url, [], { ca, ...options }), 'open');
    const socket = sockets.at(-1) as tls.TLSSocket & { servername: unknown };
    assert.equal(socket.servername, want);
    assert.equal(socket.alpnProtocol, 'http/1.1');
  }
  const wrong = { ca, servername: 'other.localhost' };
  const error = await failureOf(new WebSocket(`wss://localhost:${port}/`, [], wrong));
  assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
});

test('wss: to a server without TLS, and ws: to one with it', async (t) => {
  const plain = await startRaw(t, (_request, socket) => socket.end());
  const secure = new WebSocket(`wss://127.0.0.1:${plain}/`, [], { handshakeTimeout: 50 });
  assert.equal((await failureOf(secure)).phase, 'tls');
  const { port } = await startTls(t);
  assert.equal((await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`))).phase, 'http');
});

test('ws+unix: reaches a server on a local socket', async (t) => {
  const path = join(temporaryFolder(t), 'a b.sock');
  const seen: string[] = [];
  await startRaw(
    t,
    (request, socket) => {
      seen.push(request.split('\r\n', 1)[0] ?? '', headerOf(request, 'Host') ?? '');
      socket.write(accepting(request));
    },
    { path },
  );
  await once(startClient(t, `ws+unix://${path}:/chat?a=b`), 'open');
  await once(startClient(t, `ws+unix://${path}`), 'open');
  const want = ['GET /chat?a=b HTTP/1.1', 'localhost', 'GET / HTTP/1.1', 'localhost'];
  assert.deepEqual(seen, want);
  const error = await failureOf(new WebSocket(`ws+unix://${path}.gone:/?secret`));
  assert.equal(error.code, 'ENOENT');
  assert.ok(error.message.startsWith(`no handshake with the socket ${path}.gone (phase tcp)`));
});

test('options of http.request are passed on; the address says where', async (t) => {
  const { server, url, port } = await startServer(t, { allowedHosts: ['name.invalid'] });
  const looked: string[] = [];
  const options = {
    lookup: (host: string, _options: object, done: (...answer: unknown[]) => void) => {
      looked.push(host);
      done(null, '127.0.0.1', 4);
    },
    localAddress: '127.0.0.1',
    family: 4,
    createConnection: undefined,
    // Not for clients, and not heeded: programs hand over whole objects of options.
    ...{
      host: 'wrong.invalid',
      hostname: 'wrong.invalid',
      port: 1,
      path: '/wrong',
      method: 'POST',
    },
    ...{ protocol: 'ftp:', socketPath: '/wrong', timeout: 1 },
  };
  const connection = once(server, 'connection');
  const address = url.replace('127.0.0.1', 'name.invalid');
  const client = startClient(t, address, [], options as object);
  const [, request] = await connection;
  assert.equal(request.url, '/');
  assert.equal(request.headers.host, `name.invalid:${port}`);
  assert.deepEqual(looked, ['name.invalid']);
  await once(client, 'open');
});

test('a name that does not exist fails in phase dns', async () => {
  const lookup = (_host: string, _options: object, done: (error: Error) => void) => {
    const code = 'ENOTFOUND';
    done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code, syscall: 'getaddrinfo' }));
  };
  const error = await failureOf(new WebSocket('ws://name.invalid/', [], { lookup } as object));
  assert.equal(error.code, 'ENOTFOUND');
  assert.equal(error.phase, 'dns');
  assert.match(error.message, /with name\.invalid:80 \(phase dns\): ENOTFOUND; there is no such/);
});

type Callback = (error: Error | null, socket: Duplex) => void;

/** An agent that asks a proxy to connect, as agents for proxies do. */
class ProxyAgent extends http.Agent {
  readonly #proxyPort: number;

  constructor(proxyPort: number) {
    super({ keepAlive: true });
    this.#proxyPort = proxyPort;
  }

  override createConnection(options: http.ClientRequestArgs, callback?: Callback): undefined {
    const socket = net.connect({ host: '127.0.0.1', port: this.#proxyPort });
    socket.once('error', (error) => callback?.(error, socket));
    socket.write(`CONNECT ${options.host}:${options.port} HTTP/1.1\r\n\r\n`);
    socket.once('data', (chunk) => {
      assert.equal(chunk.toString(), 'HTTP/1.1 200 OK\r\n\r\n');
      callback?.(null, socket);
    });
    return undefined;
  }
}

test('an agent makes the connection: a proxy', async (t) => {
  const { server, url } = await startServer(t);
  const asked: string[] = [];
  const proxyPort = await startRaw(t, (request, socket) => {
    asked.push(request.split('\r\n', 1)[0] ?? '');
    const upstream = net.connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    upstream.on('error', () => socket.destroy());
    socket.removeAllListeners('data');
    socket.on('close', () => upstream.destroy());
    upstream.once('connect', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
  });
  const agent = new ProxyAgent(proxyPort);
  t.after(() => agent.destroy());
  server.on('connection', (connection) => connection.send('through'));
  const client = startClient(t, url, [], { agent });
  const [message] = (await once(client, 'message')) as [Buffer];
  assert.equal(String(message), 'through');
  assert.deepEqual(asked, [`CONNECT 127.0.0.1:${new URL(url).port} HTTP/1.1`]);
  assert.deepEqual(Object.keys(agent.freeSockets), []);
});

test('an agent for the other scheme is refused at once', () => {
  const agent = new http.Agent();
  assert.throws(() => new WebSocket('wss://127.0.0.1/', [], { agent }), TypeError);
});

test('an error that an agent made up itself is given as it is', async () => {
  const own = new Error('no proxy today');
  class FailingAgent extends http.Agent {
    override createConnection(_options: object, callback?: Callback): undefined {
      process.nextTick(() => callback?.(own, new net.Socket()));
    }
  }
  const client = new WebSocket('ws://127.0.0.1/', [], { agent: new FailingAgent() });
  assert.equal(await errorOf(client), own);
});

test('the phases of a connection come in order', async (t) => {
  const { port, ca } = await startTls(t);
  const target = targetOf(parseAddress(`wss://localhost:${port}/`));
  const request = openRequest(target, {}, { ca });
  const phases: string[] = [];
  watchPhases(request, target, (phase) => phases.push(phase));
  request.on('error', () => {});
  const [socket] = (await once(request, 'socket')) as [tls.TLSSocket];
  await once(socket, 'secureConnect');
  assert.deepEqual(phases, ['dns', 'tcp', 'tls', 'http']);
  request.destroy();
});
