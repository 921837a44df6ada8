import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { attachUpgrade, refuseUpgrade } from '../../../src/websocket/io/upgrade-listener.ts';
import { openRaw, readToEnd, upgradeRequest } from '../../../testing/websocket-peers.ts';

const refusal = { kind: 'reject', status: 403, message: 'by the target', headers: {} } as const;

test('§7.8 what is for nobody is answered, unless somebody else listens', async (t) => {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ask = async (request: string) => {
    const answer = await readToEnd(await openRaw(t, port, request));
    return answer.toString().split('\r\n')[0];
  };
  const targetAt = (path: string) =>
    attachUpgrade(server, {
      shouldHandle: (request) => request.url === path,
      takeUpgrade: (_request, socket) => refuseUpgrade(socket, refusal),
    });
  const detach = [targetAt('/one'), targetAt('/two')];
  const at = (path: string) => upgradeRequest().replace('GET /', `GET ${path}`);

  assert.equal(server.listenerCount('upgrade'), 1);
  assert.equal(await ask(at('/two')), 'HTTP/1.1 403 Forbidden');
  assert.equal(await ask(at('/three')), 'HTTP/1.1 404 Not Found');
  assert.equal(await ask(at('/one').replace('websocket', 'h2c')), 'HTTP/1.1 426 Upgrade Required');

  server.on('upgrade', (request, socket) => {
    if (request.url === '/three') socket.end('HTTP/1.1 200 somebody else\r\n\r\n');
  });
  assert.equal(await ask(at('/three')), 'HTTP/1.1 200 somebody else');
  for (const undo of detach) undo();
  assert.equal(server.listenerCount('upgrade'), 1);
});
