import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseCountdown, serveCountdown } from '../../src/lab/countdown.ts';
import type { WebSocket } from '../../src/websocket/index.ts';

const requests = [
  { message: '3', want: { from: 3 } },
  { message: ' 999999\n', want: { from: 999999 } },
  { message: '007', want: { from: 7 } },
  { message: '0', want: { refusal: 'Please send a positive integer' } },
  { message: '-0', want: { refusal: 'Please send a positive integer' } },
  { message: '-12', want: { refusal: 'Please send a positive integer' } },
  { message: '1000000', want: { refusal: 'Please send an integer' } },
  { message: '+3', want: { refusal: 'Please send an integer' } },
  { message: '3.0', want: { refusal: 'Please send an integer' } },
  { message: '٣', want: { refusal: 'Please send an integer' } },
  { message: '', want: { refusal: 'Please send an integer' } },
];
for (const { message, want } of requests) {
  test(`${JSON.stringify(message)} is ${JSON.stringify(want)}`, () => {
    assert.deepEqual(parseCountdown(message), want);
  });
}

/** A connection that only remembers what was sent on it. */
class FakeSocket extends EventEmitter {
  sent: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
}

function connect(t: TestContext): FakeSocket {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const socket = new FakeSocket();
  serveCountdown(socket as unknown as WebSocket);
  return socket;
}

function passSeconds(t: TestContext, seconds: number): void {
  for (let i = 0; i < seconds; i++) t.mock.timers.tick(1000);
}

test('N-1 at once, then one number a second down to 0, and silence', (t) => {
  const socket = connect(t);
  socket.emit('message', Buffer.from('3'));
  assert.deepEqual(socket.sent, ['2']);
  t.mock.timers.tick(999);
  assert.deepEqual(socket.sent, ['2']);
  t.mock.timers.tick(1);
  passSeconds(t, 5);
  assert.deepEqual(socket.sent, ['2', '1', '0']);
});

test('a new number replaces the count; a wrong one does not', (t) => {
  const socket = connect(t);
  socket.emit('message', Buffer.from('10'));
  passSeconds(t, 1);
  socket.emit('message', Buffer.from('2'));
  socket.emit('message', Buffer.from('x'));
  passSeconds(t, 5);
  assert.deepEqual(socket.sent, ['9', '8', '1', 'Please send an integer', '0']);
});

test('counting ends when the client leaves', (t) => {
  const socket = connect(t);
  socket.emit('message', Buffer.from('5'));
  socket.emit('close');
  passSeconds(t, 5);
  assert.deepEqual(socket.sent, ['4']);
});
