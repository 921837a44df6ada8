import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocketError } from '../../src/websocket/index.ts';

test('§7.4.1 an error names its code, its section and what the peer is told', () => {
  const error = new WebSocketError(
    'ERR_WS_OPCODE',
    'expected a known opcode, got 0x3',
    '§5.2',
    1002,
  );
  assert.equal(error.message, 'expected a known opcode, got 0x3 (RFC 6455 §5.2)');
  assert.equal(error.closeCode, 1002);
  assert.equal(error.name, 'WebSocketError');
});

test('an error says where in the stream, once somebody has told it, and why perhaps', () => {
  const error = new WebSocketError('ERR_WS_RESERVED_BITS', 'expected 0', '§5.2', 1002);
  assert.equal(error.frame, undefined);
  assert.match(error.likelyCauses[0]!, /compresses/);
  assert.deepEqual(new WebSocketError('ERR_WS_X', 'expected', '§5', 1002).likelyCauses, []);
});
