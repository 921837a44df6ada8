import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { openClient } from '../../src/cli/connect-client.ts';
import type { ClientCalls } from '../../src/cli/connect-client.ts';
import type { WebSocket } from '../../src/websocket/index.ts';
import { startServer } from '../../testing/websocket-peers.ts';

for (const reconnect of [false, true]) {
  const title = reconnect ? 'a client that reconnects' : 'a client of one connection';

  test(`${title}: the same calls, in order`, async (t) => {
    const { server, url } = await startServer(t);
    server.on('connection', (socket) => {
      socket.send('hi');
      socket.close(1000, 'bye');
    });
    const calls: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const told: ClientCalls = {
        request: () => calls.push('request'),
        opened: (socket) => calls.push(`opened ${socket.readyState}`),
        message: (data, isBinary) => calls.push(`message ${data.toString()} ${isBinary}`),
        failed: reject,
        closed: (code, reason) => calls.push(`closed ${code} ${reason}`),
        waiting: () => calls.push('waiting'),
        ended: resolve,
      };
      openClient(new URL(url), { headers: {}, reconnect }, told);
    });
    const want = ['request', 'opened 1', 'message hi false', 'closed 1000 bye'];
    assert.deepEqual(calls, want);
  });

  test(`${title}: terminated, it is not connected again`, async (t) => {
    const { server, url } = await startServer(t);
    const connected = once(server, 'connection') as Promise<[WebSocket]>;
    const ended = new Promise<void>((resolve) => {
      const nothing = () => {};
      const client = openClient(
        new URL(url),
        { headers: {}, reconnect },
        {
          request: nothing,
          opened: () => client.terminate(),
          message: nothing,
          failed: nothing,
          closed: nothing,
          waiting: () => assert.fail(),
          ended: resolve,
        },
      );
    });
    await connected;
    await ended;
  });
}
