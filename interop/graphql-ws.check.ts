/** graphql-ws: a subscription seen from end to end, on our server, with the client of ws and ours. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'barewire/websocket';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket as WsWebSocket } from 'ws';

const schema = buildSchema(`
  type Query { hello(name: String!): String! }
  type Subscription { countdown(from: Int!): Int! }
`);

const roots = {
  query: { hello: ({ name }: { name: string }) => `hello ${name}` },
  subscription: {
    countdown: async function* ({ from }: { from: number }) {
      for (let left = from; left >= 0; left--) yield await Promise.resolve({ countdown: left });
    },
  },
};

for (const [name, webSocketImpl] of Object.entries({ ws: WsWebSocket, ours: WebSocket })) {
  test(`a subscription and a query, by the client of ${name}`, async (t) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/graphql' });
    await once(server, 'listening');
    // Its types name npm ws; that ours stands in for it is what is tested.
    const host = useServer({ schema, roots }, server as unknown as Parameters<typeof useServer>[1]);
    t.after(() => host.dispose());
    const { port } = server.address() as AddressInfo;
    const connection = once(server, 'connection') as Promise<[WebSocket]>;
    const url = `ws://127.0.0.1:${port}/graphql`;
    const client = createClient({ url, webSocketImpl, retryAttempts: 0, lazy: false });
    t.after(() => client.dispose());
    const [socket] = await connection;
    assert.equal(socket.protocol, 'graphql-transport-ws');

    const counted: unknown[] = [];
    const query = 'subscription { countdown(from: 3) }';
    for await (const result of client.iterate({ query })) counted.push(result.data);
    assert.deepEqual(
      counted.map((data) => (data as { countdown: number }).countdown),
      [3, 2, 1, 0],
    );
    const answers: unknown[] = [];
    for await (const { data } of client.iterate({ query: '{ hello(name: "Ann") }' })) {
      answers.push(data?.['hello']);
    }
    assert.deepEqual(answers, ['hello Ann']);

    const closed = once(socket, 'close');
    await client.dispose();
    assert.equal((await closed)[0], 1000);
  });
}
