/** Redirects between real servers: client.ts asks again, redirect.ts decides. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import { test } from 'node:test';
import { WebSocket } from '../../../src/websocket/index.ts';
import { testCredentials } from '../../../testing/credentials.ts';
import {
  accepting,
  errorOf,
  failureOf,
  headerOf,
  response,
  startRaw,
} from '../../../testing/raw-servers.ts';
import { startClient } from '../../../testing/websocket-peers.ts';

const secrets = { Authorization: 'Bearer t', Cookie: 'a=b', 'Proxy-Authorization': 'Basic x' };
const names = ['Authorization', 'Cookie', 'Proxy-Authorization', 'X-Own', 'Origin'];

function seenIn(request: string) {
  return names.filter((name) => headerOf(request, name) !== undefined);
}

/** A server that redirects every request; the answer is its port. */
function startRedirecting(t: Parameters<typeof startRaw>[0], location: string, status = 307) {
  return startRaw(t, (_request, socket) => {
    socket.write(response(status, [`Location: ${location}`]));
  });
}

const options = {
  followRedirects: true,
  headers: { ...secrets, 'X-Own': 'x' },
  origin: 'https://page.example',
};

test('RFC 9110 §15.4 on the same server all headers go along, with a fresh key', async (t) => {
  const requests: string[] = [];
  const port = await startRaw(t, (request, socket) => {
    requests.push(request);
    const done = request.startsWith('GET /end');
    socket.write(done ? accepting(request) : response(302, ['Location: end?x#y']));
  });
  const client = startClient(t, `ws://u:p@127.0.0.1:${port}/start`, [], options);
  const redirects: string[] = [];
  client.on('redirect', (url) => redirects.push(url));
  await once(client, 'open');
  assert.equal(client.url, `ws://127.0.0.1:${port}/end?x`);
  assert.deepEqual(redirects, [client.url]);
  assert.deepEqual(requests.map(seenIn), [names, names]);
  const [first, second] = requests.map((request) => headerOf(request, 'Sec-WebSocket-Key'));
  assert.notEqual(first, second);
  assert.match(requests[1] ?? '', /^GET \/end\?x HTTP/);
});

test('RFC 9110 §15.4 to another port the secrets stay behind, listener or not', async (t) => {
  const requests: string[] = [];
  const target = await startRaw(t, (request, socket) => {
    requests.push(request);
    socket.write(accepting(request));
  });
  const port = await startRedirecting(t, `http://a:b@127.0.0.1:${target}/`);
  const url = `ws://u:p@127.0.0.1:${port}/`;
  const all = { ...options, auth: 'x:y', headers: { ...options.headers, Host: 'named' } };
  await once(startClient(t, url, [], all), 'open');
  const listening = startClient(t, url, [], all);
  listening.on('redirect', (address, request) => {
    assert.equal(address, `ws://127.0.0.1:${target}/`);
    request.setHeader('Authorization', 'Bearer again');
  });
  await once(listening, 'open');
  assert.deepEqual(requests.map(seenIn), [
    ['X-Own', 'Origin'],
    ['Authorization', 'X-Own', 'Origin'],
  ]);
  assert.equal(headerOf(requests[0] ?? '', 'Host'), `127.0.0.1:${target}`);
});

test('RFC 9110 §15.4 a loop ends after maxRedirects', async (t) => {
  let count = 0;
  const port = await startRaw(t, (_request, socket) => {
    count++;
    socket.write(response(301, ['Location: /again']));
  });
  const url = `ws://127.0.0.1:${port}/`;
  const error = await failureOf(new WebSocket(url, [], { followRedirects: true, maxRedirects: 3 }));
  assert.equal(error.code, 'ERR_WS_REDIRECT_LIMIT');
  assert.equal(error.status, 301);
  assert.equal(count, 4);
  count = 0;
  await failureOf(new WebSocket(url, [], { followRedirects: true }));
  assert.equal(count, 11);
});

test('without followRedirects a redirect is a refusal', async (t) => {
  const port = await startRedirecting(t, '/elsewhere');
  const error = await failureOf(new WebSocket(`ws://127.0.0.1:${port}/`));
  assert.equal(error.code, 'ERR_WS_UNEXPECTED_STATUS');
  assert.equal(error.status, 307);
  assert.match(error.message, /followRedirects/);
});

for (const location of ['ws://', 'ftp://127.0.0.1/', 'ws+unix:/tmp/s:/', 'javascript:alert(1)']) {
  test(`RFC 9110 §15.4 a redirect to ${location} is refused`, async (t) => {
    const port = await startRedirecting(t, location);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { followRedirects: true });
    const error = await failureOf(client);
    assert.equal(error.code, 'ERR_WS_REDIRECT');
    assert.equal(error.headers?.['location'], location);
  });
}

test('RFC 9110 §15.4 from TLS nothing leads back to none', async (t) => {
  const { key, cert, authorityCertificate: ca } = await testCredentials();
  const answer = (_request: string, socket: NodeJS.WritableStream) => {
    socket.write(response(302, ['Location: http://127.0.0.1:1/']));
  };
  const port = await startRaw(t, answer, { tls: { key, cert } });
  const client = new WebSocket(`wss://127.0.0.1:${port}/`, [], { followRedirects: true, ca });
  assert.equal((await failureOf(client)).code, 'ERR_WS_REDIRECT');
});

test('the client certificate and the server name stay with the first server', async (t) => {
  const { key, cert, authorityCertificate: ca } = await testCredentials();
  const seen: boolean[] = [];
  const target = await startRaw(
    t,
    (request, socket) => {
      const { subject } = (socket as import('node:tls').TLSSocket).getPeerCertificate();
      seen.push(subject !== undefined);
      socket.write(accepting(request));
    },
    { tls: { key, cert, requestCert: true, rejectUnauthorized: false } },
  );
  const tls = { ca, key, cert, servername: 'the-shop.localhost' };
  const location = `wss://127.0.0.1:${target}/`;
  await once(startClient(t, location, [], tls), 'open');
  const port = await startRedirecting(t, location);
  const client = startClient(t, `ws://127.0.0.1:${port}/`, [], { ...tls, followRedirects: true });
  await once(client, 'open');
  assert.deepEqual(seen, [true, false]);
});

test('an agent that cannot follow is an error of the client, not of the process', async (t) => {
  const agent = new http.Agent();
  const port = await startRedirecting(t, 'wss://127.0.0.1:1/');
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { followRedirects: true, agent });
  assert.equal((await errorOf(client)).code, 'ERR_INVALID_PROTOCOL');
});

test('whoever closes at a redirect sends no further request', async (t) => {
  let asked = 0;
  const target = await startRaw(t, () => asked++);
  const port = await startRedirecting(t, `ws://127.0.0.1:${target}/`);
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, [], { followRedirects: true });
  client.on('redirect', () => client.terminate());
  assert.match((await errorOf(client)).message, /before it was established/);
  assert.equal(asked, 0);
});
