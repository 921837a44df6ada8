/** What our client sends to open a connection, and which answers it takes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as https from 'node:https';
import * as net from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { acceptKey, WebSocket, WebSocketServer } from '../../../src/websocket/index.ts';
import type { ClientOptions } from '../../../src/websocket/index.ts';
import { readHead, upgradeResponse } from '../../../testing/conformance-peer.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import { closeOf, startClient } from '../../../testing/websocket-peers.ts';

/** A raw server for one client; `answer` makes its response out of the request. */
async function rawServer(t: TestContext, answer: (key: string) => string, ends = false) {
  const heads: string[] = [];
  const sockets: net.Socket[] = [];
  const listener = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    void readHead(socket).then(({ head }) => {
      heads.push(head);
      socket.resume();
      socket.write(answer(/^Sec-WebSocket-Key: (\S+)$/im.exec(head)?.[1] ?? ''), 'latin1');
      if (ends) socket.end();
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  const { port } = listener.address() as net.AddressInfo;
  return { heads, port, host: `127.0.0.1:${port}` };
}

const agree = (key: string) => upgradeResponse([`Sec-WebSocket-Accept: ${acceptKey(key)}`]);

/** The head of the request that a client sends to this path, and its lines by lower-case name. */
async function requestOf(
  t: TestContext,
  path: string,
  protocols: string[] = [],
  options: ClientOptions = {},
) {
  const { heads, host } = await rawServer(t, agree);
  const client = startClient(t, `ws://${host}${path}`, protocols, options);
  const outcome = new Promise<void>((resolve) => {
    client.once('open', resolve);
    client.once('error', () => resolve());
  });
  await outcome;
  const [first = '', ...lines] = (heads[0] ?? '').trimEnd().split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const valuesOf = (name: string) => headers.filter((one) => one[0] === name).map((one) => one[1]);
  return { first, valuesOf, host };
}

interface Answer {
  name: string;
  answer: (key: string) => string;
  /** The sub-protocols that the client offers. */
  offers?: string[];
  /** Whether the server ends the transport behind its answer. */
  ends?: boolean;
  want: string;
}

/** What becomes of a client that gets this answer: 'open', or the code of its error. */
async function verdictOn(
  t: TestContext,
  { answer, offers = [], ends = false }: Omit<Answer, 'name' | 'want'>,
): Promise<string> {
  const { host } = await rawServer(t, answer, ends);
  const client = startClient(t, `ws://${host}/`, offers, { handshakeTimeout: 60_000 });
  return await new Promise((resolve) => {
    client.once('open', () => resolve('open'));
    client.once('error', (error: Error & { code?: string }) =>
      resolve(error.code ?? String(error)),
    );
  });
}

test('§4.1 the request: GET, HTTP/1.1, the resource name, and each header once', async (t) => {
  const { first, valuesOf, host } = await requestOf(t, '/chat/room?name=a%20b&x');
  assert.equal(first, 'GET /chat/room?name=a%20b&x HTTP/1.1');
  assert.deepEqual(valuesOf('host'), [host]);
  assert.deepEqual(valuesOf('upgrade'), ['websocket']);
  assert.deepEqual(valuesOf('connection'), ['Upgrade']);
  assert.deepEqual(valuesOf('sec-websocket-version'), ['13']);
  assert.equal(valuesOf('sec-websocket-key').length, 1);
  assert.deepEqual(valuesOf('sec-websocket-protocol'), []);
  assert.deepEqual(valuesOf('origin'), []);
});

test('§3 an empty path is sent as a slash', async (t) => {
  assert.equal((await requestOf(t, '')).first, 'GET / HTTP/1.1');
  assert.equal((await requestOf(t, '?a=b')).first, 'GET /?a=b HTTP/1.1');
});

test('§3 an address with a fragment is refused, an escaped number sign is sent', async (t) => {
  assert.throws(() => new WebSocket('ws://127.0.0.1/#part'), SyntaxError);
  assert.equal((await requestOf(t, '/a%23b')).first, 'GET /a%23b HTTP/1.1');
});

test('§11.1 letters beyond ASCII are sent as escaped UTF-8', async (t) => {
  const { first } = await requestOf(t, '/größe?π=☃');
  assert.equal(first, 'GET /gr%C3%B6%C3%9Fe?%CF%80=%E2%98%83 HTTP/1.1');
});

test('§11.1 a host name beyond ASCII is looked up and sent in its ASCII form', () => {
  const client = new WebSocket('ws://bücher.invalid:1/');
  client.on('error', () => {});
  client.terminate();
  assert.equal(client.url, 'ws://xn--bcher-kva.invalid:1/');
});

test('§4.1 the key is 16 bytes in base64, new for each connection', async (t) => {
  const keys = new Set<string>();
  for (let i = 0; i < 5; i++) {
    const [key = ''] = (await requestOf(t, '/')).valuesOf('sec-websocket-key');
    assert.equal(Buffer.from(key, 'base64').length, 16);
    assert.equal(Buffer.from(key, 'base64').toString('base64'), key);
    keys.add(key);
  }
  assert.equal(keys.size, 5);
});

test('§4.1 sub-protocols are offered in order, as tokens, none twice', async (t) => {
  const { valuesOf } = await requestOf(t, '/', ['soap', 'wamp.2']);
  assert.deepEqual(valuesOf('sec-websocket-protocol').join().split(/, ?/), ['soap', 'wamp.2']);
  for (const protocols of [['a', 'a'], [''], ['a b'], ['a,b'], ['ä'], ['a\r\nb']]) {
    assert.throws(() => new WebSocket('ws://127.0.0.1/', protocols), SyntaxError);
  }
});

test('§4.1 an origin is sent where the program gives one', async (t) => {
  const { valuesOf } = await requestOf(t, '/', [], { origin: 'https://page.example' });
  assert.deepEqual(valuesOf('origin'), ['https://page.example']);
});

test('§4.1 an address that is no WebSocket address is refused', () => {
  for (const address of ['', '/chat', 'ftp://127.0.0.1/', 'ws://', 'ws://127.0.0.1:70000/']) {
    assert.throws(() => new WebSocket(address), SyntaxError, address);
  }
});

test('§4.1 nothing is sent before the answer has come', async (t) => {
  const sent: { head: string; rest: Buffer }[] = [];
  const listener = net.createServer((socket) => {
    socket.on('error', () => {});
    t.after(() => socket.destroy());
    void readHead(socket).then((read) => {
      sent.push(read);
      listener.emit('asked');
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => listener.close());
  const { port } = listener.address() as net.AddressInfo;
  const client = startClient(t, `ws://127.0.0.1:${port}/`);
  assert.throws(() => client.send('too early'), /CONNECTING/);
  assert.throws(() => client.ping(), /CONNECTING/);
  await once(listener, 'asked');
  assert.deepEqual(sent[0]?.rest, Buffer.alloc(0));
  assert.equal(client.readyState, WebSocket.CONNECTING);
});

const accept = (key: string) => `Sec-WebSocket-Accept: ${acceptKey(key)}`;
const answers: Answer[] = [
  { name: 'the answer to its key', answer: agree, want: 'open' },
  {
    name: 'names and values in any case',
    answer: (key) =>
      upgradeResponse([`SEC-WEBSOCKET-ACCEPT:   ${acceptKey(key)}  `])
        .replace('Upgrade: websocket', 'UPGRADE: WebSocket')
        .replace('Connection: Upgrade', 'connection: keep-alive, UPGRADE'),
    want: 'open',
  },
  {
    name: 'a sub-protocol that was offered',
    offers: ['chat'],
    answer: (key) => upgradeResponse([accept(key), 'Sec-WebSocket-Protocol: chat']),
    want: 'open',
  },
  {
    name: 'status 200',
    answer: (key) => agree(key).replace('101 Switching Protocols', '200 OK'),
    ends: true,
    want: 'ERR_WS_UNEXPECTED_STATUS',
  },
  {
    name: 'status 401',
    answer: () => 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n',
    want: 'ERR_WS_UNEXPECTED_STATUS',
  },
  {
    name: 'another Upgrade',
    answer: (key) => agree(key).replace('Upgrade: websocket', 'Upgrade: websockets'),
    want: 'ERR_WS_UPGRADE_HEADER',
  },
  {
    name: 'no accept key',
    answer: () => upgradeResponse([]),
    want: 'ERR_WS_ACCEPT_KEY',
  },
  {
    name: 'its own key back',
    answer: (key) => upgradeResponse([`Sec-WebSocket-Accept: ${key}`]),
    want: 'ERR_WS_ACCEPT_KEY',
  },
  {
    name: 'the accept key in lower case',
    answer: (key) => upgradeResponse([accept(key).toLowerCase()]),
    want: 'ERR_WS_ACCEPT_KEY',
  },
  {
    name: 'the accept key twice',
    answer: (key) => upgradeResponse([accept(key), accept(key)]),
    want: 'ERR_WS_ACCEPT_KEY',
  },
  {
    name: 'an extension that was not offered',
    answer: (key) => upgradeResponse([accept(key), 'Sec-WebSocket-Extensions: x-unheard-of']),
    want: 'ERR_WS_EXTENSION',
  },
  {
    name: 'a sub-protocol that was not offered',
    offers: ['chat'],
    answer: (key) => upgradeResponse([accept(key), 'Sec-WebSocket-Protocol: Chat']),
    want: 'ERR_WS_SUBPROTOCOL',
  },
  {
    name: 'a sub-protocol twice',
    offers: ['chat'],
    answer: (key) =>
      upgradeResponse([
        accept(key),
        'Sec-WebSocket-Protocol: chat',
        'Sec-WebSocket-Protocol: chat',
      ]),
    want: 'ERR_WS_SUBPROTOCOL',
  },
];
for (const { name, want, ...answer } of answers) {
  test(`§4.1 our client is answered with ${name}`, async (t) => {
    assert.equal(await verdictOn(t, answer), want);
  });
}

test('§4.1 an answer without Upgrade, or without Connection, fails the connection', async (t) => {
  for (const line of ['Upgrade: websocket', 'Connection: Upgrade']) {
    const answer = (key: string) => agree(key).replace(`${line}\r\n`, '');
    assert.notEqual(await verdictOn(t, { answer, ends: true }), 'open', line);
  }
});

test('§4.1 an answer that is no HTTP fails the connection', async (t) => {
  const answer = () => '220 mail.example ESMTP\r\n\r\n';
  assert.notEqual(await verdictOn(t, { answer, ends: true }), 'open');
});

test('§4.1 a server that cannot be reached fails the connection with 1006', async (t) => {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  listener.close();
  await once(listener, 'close');
  const client = startClient(t, `ws://127.0.0.1:${port}/`);
  const failed = new Promise<Error & { code?: string }>((resolve) => client.on('error', resolve));
  const closed = closeOf(client);
  assert.equal((await failed).code, 'ECONNREFUSED');
  assert.deepEqual(await closed, { code: 1006, reason: '' });
});

/** A secure server, and what it saw of the clients that came. */
async function secureServer(t: TestContext) {
  const credentials = await testCredentials();
  const web = https.createServer({ key: credentials.key, cert: credentials.cert });
  const server = new WebSocketServer({ server: web });
  const names: (string | false | null)[] = [];
  web.on('secureConnection', (socket: TLSSocket) => {
    names.push((socket as TLSSocket & { servername?: string | false }).servername ?? null);
  });
  server.on('connection', (socket) => {
    socket.on('message', (data) => socket.send(data, { binary: false }));
  });
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.after(async () => {
    await server.shutdown({ graceMs: 0 });
    web.closeAllConnections();
    web.close();
  });
  return {
    port: (web.address() as net.AddressInfo).port,
    names,
    ca: credentials.authorityCertificate,
  };
}

test('§4.1 a secure connection: TLS first, with the server’s name in it', async (t) => {
  const { port, names, ca } = await secureServer(t);
  const client = startClient(t, `wss://localhost:${port}/`, [], { ca });
  await once(client, 'open');
  client.send('within the tunnel');
  const [data] = (await once(client, 'message')) as [Buffer];
  assert.equal(String(data), 'within the tunnel');
  assert.deepEqual(names, ['localhost']);
});

test('§4.1 a certificate that cannot be verified fails the connection', async (t) => {
  const { port, names } = await secureServer(t);
  const client = startClient(t, `wss://localhost:${port}/`);
  const failed = new Promise<Error & { code?: string }>((resolve) => client.on('error', resolve));
  const closed = closeOf(client);
  assert.match((await failed).code ?? '', /CERT|LEAF|SIGNATURE/);
  assert.equal((await closed).code, 1006);
  assert.ok(names.length <= 1);
});
