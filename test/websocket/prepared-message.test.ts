import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PreparedMessage } from '../../src/websocket/index.ts';
import { hex } from '../../testing/splits.ts';

test('§5.7 strings become text frames, bytes binary ones', () => {
  assert.deepEqual(new PreparedMessage('Hello').frame, hex('81 05 48 65 6c 6c 6f'));
  assert.deepEqual(new PreparedMessage(hex('00 ff')).frame, hex('82 02 00 ff'));
  assert.deepEqual(new PreparedMessage(hex('48'), { binary: false }).frame, hex('81 01 48'));
  assert.deepEqual(new PreparedMessage('').payload.length, 0);
});

test('the caller’s bytes are copied', () => {
  const bytes = Buffer.from('before');
  const message = new PreparedMessage(bytes);
  bytes.fill(0);
  assert.equal(message.payload.toString(), 'before');
});
