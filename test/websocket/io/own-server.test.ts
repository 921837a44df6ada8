import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createOwnServer, maxRequestHeadBytes } from '../../../src/websocket/io/own-server.ts';
import { answerTo, upgradeRequest } from '../../../testing/websocket-peers.ts';

test('requests are answered with 426, heads that are late or large with 408 and 431', async (t) => {
  const server = createOwnServer({ handshakeTimeout: 20 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const plain = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get('upgrade'), 'websocket');
  assert.match(await plain.text(), /speaks WebSocket only/);
  for (const slow of ['', 'G', upgradeRequest().slice(0, -2)]) {
    assert.match(await answerTo(t, port, slow), /^HTTP\/1\.1 408 /);
  }
  const large = upgradeRequest([`X: ${'x'.repeat(maxRequestHeadBytes)}`]);
  assert.match(await answerTo(t, port, large), /^HTTP\/1\.1 431 /);
});
