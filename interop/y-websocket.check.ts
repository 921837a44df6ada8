/** y-websocket: two documents grow together over our server, with our client on one side. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'barewire/websocket';
import { WebSocket as WsWebSocket } from 'ws';
import type * as yWebsocket from 'y-websocket';
import type * as yjs from 'yjs';

// The server half comes as CommonJS and without types; what shares its yjs must come so too.
const require = createRequire(import.meta.url);
const Y = require('yjs') as typeof yjs;
const { WebsocketProvider } = require('y-websocket') as typeof yWebsocket;
const { docs, setupWSConnection } = require('y-websocket/bin/utils') as {
  docs: Map<string, yjs.Doc>;
  setupWSConnection(socket: unknown, request: IncomingMessage): void;
};

type Polyfill = typeof globalThis extends { WebSocket: infer T } ? T : never;

/** Waits until a text is what it should be. */
async function becomes(text: yjs.Text, want: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (text.toString() !== want) return;
      text.unobserve(look);
      resolve();
    };
    text.observe(look);
    look();
  });
}

test('two documents, one by the client of ws, one by ours', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket, request) => setupWSConnection(socket, request));
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
    // Each document of the server keeps a timer.
    for (const document of docs.values()) document.destroy();
  });
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [ann, ben] = [WsWebSocket, WebSocket].map((implementation) => {
    const document = new Y.Doc();
    const provider = new WebsocketProvider(url, 'room', document, {
      WebSocketPolyfill: implementation as unknown as Polyfill,
      disableBc: true,
    });
    t.after(() => {
      provider.destroy();
      document.destroy();
    });
    return { text: document.getText('text'), provider };
  });
  assert.ok(ann && ben);
  ann.text.insert(0, 'one');
  await becomes(ben.text, 'one');
  ben.text.insert(3, ' two');
  await becomes(ann.text, 'one two');
  // Who is there is told as well.
  const heard = new Promise<void>((resolve) => {
    ann.provider.awareness.on('change', () => {
      const names = [...ann.provider.awareness.getStates().values()].map(({ name }) => name);
      if (names.includes('Ben')) resolve();
    });
  });
  ben.provider.awareness.setLocalStateField('name', 'Ben');
  await heard;
});
