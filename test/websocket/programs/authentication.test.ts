/** Who may come in: programs written for npm ws that look at the request first. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import { test } from 'node:test';
import WebSocket, { WebSocketServer } from '../../../src/websocket/index.ts';
import { ending, exchange, listen, listening } from '../../../testing/ws-programs.ts';
import { requestByHand, texts } from '../../../testing/ws-programs.ts';

/** What a verifyClient function is told. */
interface Info {
  origin?: string | undefined;
  secure: boolean;
  req: http.IncomingMessage;
}

/** The status, the headers and the body of a refusal. */
async function refusalOf(ws: WebSocket) {
  const [, response] = (await once(ws, 'unexpected-response')) as [unknown, http.IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode, headers: response.headers, body };
}

test('authentication before the upgrade, the refusal written by hand', async (t) => {
  const users = new Map([['secret-of-ann', 'Ann']]);
  function authenticate(
    request: http.IncomingMessage,
    next: (error: Error | null, user?: string) => void,
  ): void {
    // Later, as a database would.
    setImmediate(() => next(null, users.get(request.headers.authorization ?? '')));
  }
  const server = http.createServer();
  const wss = ending(t, new WebSocketServer({ noServer: true }));
  wss.on('connection', function connection(ws: WebSocket, ...rest: unknown[]) {
    ws.on('message', (data) => ws.send(`${String(rest[1])} says ${data}`));
  });
  server.on('upgrade', function upgrade(request, socket, head) {
    const onSocketError = () => {};
    socket.on('error', onSocketError);
    authenticate(request, function next(error, user) {
      if (error || user === undefined) {
        socket.write('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
        socket.destroy();
        return;
      }
      socket.removeListener('error', onSocketError);
      wss.handleUpgrade(request, socket, head, function done(ws) {
        wss.emit('connection', ws, request, user);
      });
    });
  });
  const url = `ws://${await listen(t, server)}`;

  const ann = new WebSocket(url, { headers: { Authorization: 'secret-of-ann' } });
  const next = texts(ann);
  ann.on('open', () => ann.send('hello'));
  assert.equal(await next(), 'Ann says hello');

  assert.equal((await refusalOf(new WebSocket(url))).status, 401);
  const failed = new WebSocket(url);
  const [error] = (await once(failed, 'open').catch((cause: unknown) => [cause])) as [Error];
  assert.match(error.message, /401/);
});

test('verifyClient, at once', async (t) => {
  const seen: unknown[] = [];
  const wss = new WebSocketServer({
    port: 0,
    verifyClient: (info: Info) => {
      seen.push([info.origin, info.secure, info.req.headers['x-token']]);
      return info.req.headers['x-token'] === 'good';
    },
  });
  wss.on('connection', (ws) => ws.send('in'));
  const url = await listening(t, wss);
  assert.equal(await texts(new WebSocket(url, { headers: { 'X-Token': 'good' } }))(), 'in');
  assert.equal((await refusalOf(new WebSocket(url))).status, 401);
  assert.deepEqual(seen, [
    [undefined, false, 'good'],
    [undefined, false, undefined],
  ]);
});

test('verifyClient, later, with an answer of its own', async (t) => {
  const wss = new WebSocketServer({
    port: 0,
    verifyClient: (info, callback) => {
      setImmediate(() => {
        if (info.req.url === '/in') callback(true);
        else if (info.req.url === '/plain') callback(false);
        else callback(false, 403, 'members only', { 'X-Reason': 'members' });
      });
    },
  });
  wss.on('connection', (ws) => ws.send('in'));
  const url = await listening(t, wss);
  assert.equal(await texts(new WebSocket(`${url}/in`))(), 'in');
  assert.equal((await refusalOf(new WebSocket(`${url}/plain`))).status, 401);
  const { status, headers, body } = await refusalOf(new WebSocket(`${url}/out`));
  assert.deepEqual([status, headers['x-reason'], body.trim()], [403, 'members', 'members only']);
});

test('handleProtocols chooses, or leaves it', async (t) => {
  const offers: string[][] = [];
  const wss = new WebSocketServer({
    port: 0,
    handleProtocols: (protocols, request) => {
      offers.push([...protocols]);
      assert.ok(protocols instanceof Set);
      return request.url === '/none' ? false : 'two';
    },
  });
  wss.on('connection', (ws) => ws.send(`[${ws.protocol}]`));
  const url = await listening(t, wss);
  const both = new WebSocket(url, ['one', 'two']);
  assert.equal(await texts(both)(), '[two]');
  assert.equal(both.protocol, 'two');
  const single = new WebSocket(url, 'two');
  assert.equal(await texts(single)(), '[two]');
  // A client that asked for none is not asked about.
  assert.equal(await texts(new WebSocket(url))(), '[]');
  assert.deepEqual(offers, [['one', 'two'], ['two']]);
  // One that asked and got none gives up.
  await assert.rejects(once(new WebSocket(`${url}/none`, ['one']), 'open'));
});

test('without handleProtocols the first that the client offers', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const url = await listening(t, wss);
  const ws = new WebSocket(url, { protocols: ['first', 'second'] });
  await once(ws, 'open');
  assert.equal(ws.protocol, 'first');
});

test('the headers event can add lines', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('headers', (headers, request) => {
    assert.equal(headers[0], 'HTTP/1.1 101 Switching Protocols');
    headers.push('Set-Cookie: visit=1; HttpOnly', `X-Asked: ${request.url}`);
  });
  const url = await listening(t, wss);
  const ws = new WebSocket(`${url}/path`);
  const open = once(ws, 'open');
  const [response] = (await once(ws, 'upgrade')) as [http.IncomingMessage];
  assert.equal(response.statusCode, 101);
  assert.deepEqual(response.headers['set-cookie'], ['visit=1; HttpOnly']);
  assert.equal(response.headers['x-asked'], '/path');
  await open;
});

test('cookies come with the request', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  wss.on('connection', (ws, request) => ws.send(request.headers.cookie ?? 'no cookie'));
  const url = await listening(t, wss);
  assert.equal(await texts(new WebSocket(url, { headers: { Cookie: 'a=1; b=2' } }))(), 'a=1; b=2');
});

test('only version 13', async (t) => {
  const wss = new WebSocketServer({ port: 0 });
  const host = (await listening(t, wss)).slice('ws://'.length);
  const answer = await exchange(host, requestByHand({ 'Sec-WebSocket-Version': '7' }));
  assert.match(answer, /^HTTP\/1\.1 4\d\d /);
  assert.match(answer, /\r\nsec-websocket-version: 13/i);
});

test('a server that is closing answers 503', async (t) => {
  const server = http.createServer();
  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    wss.handleUpgrade(request, socket, head, (ws) => wss.emit('connection', ws, request));
  });
  const url = `ws://${await listen(t, server)}`;
  wss.close();
  assert.equal((await refusalOf(new WebSocket(url))).status, 503);
});
