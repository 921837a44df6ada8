/** Clients: what programs written for npm ws pass to the constructor, and what they listen to. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { closed, ending, listen, listening, texts } from '../../../testing/ws-programs.ts';

/** A server that says, first thing, what it was asked for. */
function mirror(options: { allowedOrigins?: 'any' } = {}): WebSocketServer {
  const wss = new WebSocketServer({ port: 0, ...options });
  wss.on('connection', (ws, { url, headers }) => {
    ws.send(JSON.stringify({ url, headers, protocol: ws.protocol }));
  });
  return wss;
}

interface Asked {
  url: string;
  headers: http.IncomingHttpHeaders;
  protocol: string;
}

async function asked(ws: WebSocket): Promise<Asked> {
  return JSON.parse(await texts(ws)()) as Asked;
}

test('the address as a string and as a URL', async (t) => {
  const url = await listening(t, mirror());
  const first = new WebSocket(`${url}/a/b?c=d`);
  assert.equal(first.url, `${url}/a/b?c=d`);
  assert.equal((await asked(first)).url, '/a/b?c=d');
  const second = new WebSocket(new URL(`${url}/e`));
  assert.equal((await asked(second)).url, '/e');
  assert.equal(new URL(second.url).pathname, '/e');
});

test('http: addresses mean ws:', async (t) => {
  const url = await listening(t, mirror());
  assert.equal((await asked(new WebSocket(url.replace('ws:', 'http:')))).url, '/');
});

test('addresses that are none throw', () => {
  for (const address of ['', 'no address', 'ftp://example.com/', 'ws://example.com/#part']) {
    assert.throws(() => new WebSocket(address), SyntaxError, address);
  }
  assert.throws(() => new WebSocket('ws://example.com/', ['a b']), SyntaxError);
  assert.throws(() => new WebSocket('ws://example.com/', ['a', 'a']), SyntaxError);
});

test('options as the second argument or the third', async (t) => {
  const url = await listening(t, mirror({ allowedOrigins: 'any' }));
  const options = { headers: { 'X-Token': 'abc' }, origin: 'https://page.example' };
  const second = await asked(new WebSocket(url, options));
  assert.equal(second.headers['x-token'], 'abc');
  assert.equal(second.headers.origin, 'https://page.example');
  const third = await asked(new WebSocket(url, 'one', options));
  assert.deepEqual([third.headers['x-token'], third.protocol], ['abc', 'one']);
  const list = await asked(new WebSocket(url, ['two', 'three'], options));
  assert.equal(list.protocol, 'two');
  const without = await asked(new WebSocket(url, undefined, options));
  assert.deepEqual([without.headers['x-token'], without.protocol], ['abc', '']);
});

test('a name and a password, in the address or as an option', async (t) => {
  const url = await listening(t, mirror());
  const want = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
  const inAddress = await asked(new WebSocket(url.replace('ws://', 'ws://ann:secret@')));
  assert.equal(inAddress.headers.authorization, want);
  const asOption = await asked(new WebSocket(url, { auth: 'ann:secret' }));
  assert.equal(asOption.headers.authorization, want);
});

test('upgrade: the answer, before open', async (t) => {
  const url = await listening(t, mirror());
  const ws = new WebSocket(url);
  const order: string[] = [];
  ws.on('upgrade', (response) => {
    order.push(`upgrade ${response.statusCode} ${response.headers.upgrade}`);
  });
  ws.on('open', () => order.push('open'));
  await once(ws, 'open');
  assert.deepEqual(order, ['upgrade 101 websocket', 'open']);
});

test('unexpected-response: the program reads what the server said', async (t) => {
  const server = http.createServer();
  server.on('upgrade', (_request, socket: net.Socket) => {
    const lines = ['HTTP/1.1 402 Payment Required', 'Connection: close', 'X-Price: 3', '', ''];
    socket.end(`${lines.join('\r\n')}three, please`);
  });
  const url = `ws://${await listen(t, server)}`;
  const ws = new WebSocket(url);
  const [request, response] = (await once(ws, 'unexpected-response')) as [
    http.ClientRequest,
    http.IncomingMessage,
  ];
  assert.equal(request.getHeader('upgrade'), 'websocket');
  assert.deepEqual([response.statusCode, response.headers['x-price']], [402, '3']);
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  assert.equal(body, 'three, please');
  assert.equal(ws.readyState, WebSocket.CONNECTING);

  // Without a listener it is an error.
  const deaf = new WebSocket(url);
  const error = new Promise<Error>((resolve) => deaf.on('error', resolve));
  const end = closed(deaf);
  assert.match((await error).message, /402/);
  assert.deepEqual(await end, [1006, '']);
});

test('redirects are followed on demand', async (t) => {
  const goal = (await listening(t, mirror())).replace('127.0.0.1', 'localhost');
  const server = http.createServer();
  server.on('upgrade', (request, socket: net.Socket) => {
    const location = request.url === '/first' ? '/second' : `${goal}/goal`;
    socket.end(`HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: ${location}\r\n\r\n`);
  });
  const url = `ws://${await listen(t, server)}/first`;
  const ws = new WebSocket(url, { followRedirects: true });
  const visited: string[] = [];
  ws.on('redirect', (address, request) => {
    visited.push(address);
    assert.equal(typeof request.setHeader, 'function');
  });
  assert.equal((await asked(ws)).url, '/goal');
  assert.deepEqual(visited, [url.replace('first', 'second'), `${goal}/goal`]);
  assert.equal(ws.url, `${goal}/goal`);

  // Cookies were for the first host alone.
  const secret = { Cookie: 'a=1', Authorization: 'b', 'X-Kept': 'y' };
  const plain = new WebSocket(url, { followRedirects: true, headers: secret });
  const { cookie, authorization, 'x-kept': kept } = (await asked(plain)).headers;
  assert.deepEqual([cookie, authorization, kept], [undefined, undefined, 'y']);

  const stays = new WebSocket(url);
  const [, response] = (await once(stays, 'unexpected-response')) as [
    unknown,
    http.IncomingMessage,
  ];
  assert.equal(response.statusCode, 302);
  response.resume();
});

test('maxRedirects', async (t) => {
  const server = http.createServer();
  let asked = 0;
  server.on('upgrade', (_request, socket: net.Socket) => {
    asked++;
    socket.end('HTTP/1.1 301 Moved\r\nConnection: close\r\nLocation: /again\r\n\r\n');
  });
  const url = `ws://${await listen(t, server)}`;
  const ws = new WebSocket(url, { followRedirects: true, maxRedirects: 3 });
  const error = await new Promise<Error>((resolve) => ws.on('error', resolve));
  assert.match(error.message, /redirect/i);
  assert.equal(asked, 4);
});

const noSockets = process.platform === 'win32' ? 'no socket files here' : false;

test('ws+unix: a socket in the file system', { skip: noSockets }, async (t) => {
  const file = join(temporaryFolder(t), 'socket');
  const server = http.createServer();
  const wss = ending(t, new WebSocketServer({ server }));
  wss.on('connection', (ws, request) => ws.send(`at ${request.url}`));
  server.listen(file);
  t.after(() => server.close());
  await once(server, 'listening');
  assert.equal(wss.address(), file);
  assert.equal(await texts(new WebSocket(`ws+unix:${file}:/some/path?q=1`))(), 'at /some/path?q=1');
  assert.equal(await texts(new WebSocket(`ws+unix://${file}`))(), 'at /');
});

test('createConnection: the program makes the socket', async (t) => {
  const url = await listening(t, mirror());
  let made = 0;
  const ws = new WebSocket('ws://nowhere.invalid/path', {
    createConnection: () => {
      made++;
      return net.connect(Number(new URL(url).port), '127.0.0.1');
    },
    headers: { Host: 'localhost' },
  });
  const { url: path, headers } = await asked(ws);
  assert.deepEqual([made, path, headers.host], [1, '/path', 'localhost']);
});

test('an agent of the program', async (t) => {
  const url = await listening(t, mirror());
  let used = 0;
  class Counting extends http.Agent {
    override createConnection(...args: Parameters<http.Agent['createConnection']>) {
      used++;
      return super.createConnection(...args);
    }
  }
  assert.equal((await asked(new WebSocket(url, { agent: new Counting() }))).url, '/');
  assert.equal(used, 1);
});

test('finishRequest: the program sends the request', async (t) => {
  const url = await listening(t, mirror());
  const ws = new WebSocket(url, {
    finishRequest: (request, websocket) => {
      assert.equal(websocket instanceof WebSocket, true);
      setImmediate(() => {
        request.setHeader('X-Later', 'yes');
        request.end();
      });
    },
  });
  assert.equal((await asked(ws)).headers['x-later'], 'yes');
});

test('handshakeTimeout', async (t) => {
  const sockets: net.Socket[] = [];
  const silent = net.createServer((socket) => sockets.push(socket));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as net.AddressInfo;
  const ws = new WebSocket(`ws://127.0.0.1:${port}/`, { handshakeTimeout: 30 });
  const end = closed(ws);
  const error = await new Promise<Error>((resolve) => ws.on('error', resolve));
  assert.match(error.message, /timed out|within 30 ms|handshake/i);
  assert.deepEqual(await end, [1006, '']);
});

test('generateMask: the program draws the masking keys', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => ws.on('message', (data) => ws.send(data)));
  const url = await listening(t, wss);
  let drawn = 0;
  const ws = new WebSocket(url, {
    generateMask: (mask) => {
      drawn++;
      mask.fill(0x55);
    },
  });
  const next = texts(ws);
  ws.on('open', () => ws.send('masked by hand'));
  assert.equal(await next(), 'masked by hand');
  assert.equal(drawn, 1);
});

test('nobody there: the error of the system, then close', async () => {
  const ws = new WebSocket('ws://127.0.0.1:1/');
  const order: unknown[] = [];
  ws.on('error', (error) => order.push('code' in error && error.code));
  ws.on('close', (code, reason) => order.push([code, reason.length]));
  await new Promise((resolve) => ws.on('close', resolve));
  assert.deepEqual(order, ['ECONNREFUSED', [1006, 0]]);
});

test('an answer that is no handshake', async (t) => {
  const server = http.createServer();
  server.on('upgrade', (_request, socket: net.Socket) => {
    socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n',
    );
  });
  const ws = new WebSocket(`ws://${await listen(t, server)}`);
  const error = await new Promise<Error>((resolve) => ws.on('error', resolve));
  assert.match(error.message, /Sec-WebSocket-Accept|accept key/i);
});

test('a class of the program, as a client', async (t) => {
  class Client extends WebSocket {
    say(text: string): void {
      this.send(JSON.stringify({ text }));
    }
  }
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws) => ws.on('message', (data) => ws.send(String(data))));
  const ws = new Client(await listening(t, wss), { maxPayload: 1000 });
  const next = texts(ws);
  ws.on('open', () => ws.say('hi'));
  assert.equal(await next(), '{"text":"hi"}');
});
