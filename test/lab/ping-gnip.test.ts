import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servePingGnip } from '../../src/lab/ping-gnip.ts';
import { closeOf, startClient, startServer, textOf } from '../../testing/websocket-peers.ts';

test('texts come back reversed by code points; binary closes with 1003', async (t) => {
  const { server, url } = await startServer(t);
  server.on('connection', servePingGnip);
  const client = startClient(t, url);
  client.on('open', () => client.send('Hello 👍'));
  assert.equal(await textOf(client), '👍 olleH');
  client.send(Buffer.from([1]));
  assert.equal((await closeOf(client)).code, 1003);
});
