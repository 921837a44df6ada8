import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import byDefault, * as named from '../../../src/websocket/index.ts';
import { wsModule } from '../../../src/websocket/io/ws-module.ts';
import { runnable } from '../../../testing/program.ts';

test('the default export is WebSocket, with what npm ws hangs on it', () => {
  assert.equal(byDefault, wsModule);
  assert.equal(byDefault, named.WebSocket);
  assert.equal(byDefault.WebSocket, named.WebSocket);
  assert.equal(byDefault.WebSocketServer, named.WebSocketServer);
  assert.equal(byDefault.Server, named.WebSocketServer);
  assert.equal(byDefault.createWebSocketStream, named.createWebSocketStream);
  assert.equal(byDefault.OPEN, 1);
  assert.equal(byDefault.name, 'WebSocket');
});

test('require gives the same', () => {
  const required = createRequire(import.meta.url)(
    runnable('src/websocket/index.ts'),
  ) as typeof byDefault;
  assert.equal(typeof required, 'function');
  assert.equal(required, byDefault);
  const { WebSocketServer, Server, WebSocket } = required;
  assert.equal(Server, WebSocketServer);
  assert.equal(WebSocket, required);
});

test('subclasses of what is required are WebSockets too', () => {
  class Mine extends byDefault {
    greet() {
      return this.readyState;
    }
  }
  const mine = new Mine(null);
  assert.ok(mine instanceof named.WebSocket);
  assert.equal(mine.greet(), Mine.CONNECTING);
});
