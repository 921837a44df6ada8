import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliver } from '../../../src/chat/io/deliver.ts';
import { PreparedMessage } from '../../../src/websocket/index.ts';
import { FakeSocket } from '../../../testing/fake-socket.ts';

test('sends strings and prepared messages to an open socket', () => {
  const socket = new FakeSocket();
  assert.equal(deliver(socket, 'one', 100), true);
  assert.equal(deliver(socket, new PreparedMessage('two'), 100), true);
  assert.deepEqual(socket.sent, ['one', 'two']);
});

test('§7.4.1 closes a socket over its limit with 1013, once', () => {
  const socket = new FakeSocket();
  socket.bufferedAmount = 101;
  assert.equal(deliver(socket, 'one', 100), false);
  assert.equal(deliver(socket, 'two', 100), false);
  assert.deepEqual(socket.closedWith, { code: 1013, reason: 'reading too slowly' });
  assert.deepEqual(socket.sent, []);
});

for (const readyState of [0, 2, 3]) {
  test(`leaves a socket in state ${readyState} alone`, () => {
    const socket = new FakeSocket();
    socket.readyState = readyState;
    assert.equal(deliver(socket, 'one', 100), false);
    assert.deepEqual([socket.sent, socket.closedWith], [[], undefined]);
  });
}
