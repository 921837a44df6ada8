import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as net from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import { observeSocket } from '../../src/cli/observe-socket.ts';
import { testCredentials } from '../../testing/credentials.ts';
import { startRaw } from '../../testing/raw-servers.ts';
import type { Answer } from '../../testing/raw-servers.ts';

/** What was seen on a socket, as one text for each sender. */
function observed(t: TestContext, socket: net.Socket) {
  const seen = { client: '', server: '' };
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  observeSocket(socket, (from, bytes) => (seen[from] += bytes.toString('latin1')));
  return seen;
}

test('what is written before and after the connection is made is seen, and so is what comes', async (t) => {
  const port = await startRaw(t, (_request, socket) => socket.end('answer'));
  const socket = net.connect(port, '127.0.0.1');
  const seen = observed(t, socket);
  socket.write('aGVs', 'base64');
  assert.deepEqual(seen, { client: '', server: '' });
  await once(socket, 'connect');
  socket.write(Buffer.from('lo\r\n'));
  socket.write('\r\n', () => {});
  socket.resume();
  await once(socket, 'end');
  assert.deepEqual(seen, { client: 'hello\r\n\r\n', server: 'answer' });
});

test('what is taken back by unshift is seen once, and as it came', async (t) => {
  const port = await startRaw(t, (_request, socket) => socket.end('answer'));
  const socket = net.connect(port, '127.0.0.1');
  const seen = observed(t, socket);
  socket.write('\r\n\r\n');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.unshift(chunk.fill('x'));
  await once(socket, 'end');
  assert.equal(seen.server, 'answer');
});

test('over TLS it is the text that is seen', async (t) => {
  const { key, cert, authorityCertificate } = await testCredentials();
  const answer: Answer = (_request, socket) => void socket.end('answer');
  const port = await startRaw(t, answer, { tls: { key, cert } });
  const trust = { servername: 'localhost', ca: authorityCertificate };
  const socket = tls.connect({ port, host: '127.0.0.1', ...trust });
  const seen = observed(t, socket);
  socket.write('hello\r\n\r\n');
  socket.resume();
  await once(socket, 'end');
  assert.deepEqual(seen, { client: 'hello\r\n\r\n', server: 'answer' });
});

test('what was written but never sent is not seen', async (t) => {
  const { key, cert } = await testCredentials();
  const port = await startRaw(t, () => {}, { tls: { key, cert } });
  const socket = tls.connect({ port, host: '127.0.0.1' });
  const seen = observed(t, socket);
  socket.write('a secret');
  // Not events.once, which would reject with the error that there is.
  await new Promise((resolve) => socket.once('close', resolve));
  assert.deepEqual(seen, { client: '', server: '' });
});
