import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenRule, markBroken } from '../../src/websocket/frame-trace.ts';
import { traceFrame, WebSocketError } from '../../src/websocket/index.ts';
import { hex } from '../../testing/splits.ts';

test('the last of the fields that a code is about is marked, the others stay', () => {
  const { rows } = traceFrame(hex('82 7e 00 80'));
  const marked = markBroken(rows, 'ERR_WS_LENGTH_NOT_MINIMAL');
  const broken = marked.filter(({ verdict }) => verdict !== 'ok');
  assert.deepEqual(
    broken.map(({ name, verdict }) => [name, verdict]),
    [['extendedLength', 'ERR_WS_LENGTH_NOT_MINIMAL']],
  );
  assert.deepEqual(markBroken(rows, 'ERR_WS_MESSAGE_TIMEOUT'), rows);
});

test('a broken rule is a plain value', () => {
  const error = new WebSocketError('ERR_WS_OPCODE', 'expected x, got y', '§5.2', 1002);
  const rule = brokenRule(error, 7);
  assert.deepEqual(JSON.parse(JSON.stringify(rule)), rule);
  assert.equal(rule.message, 'expected x, got y (RFC 6455 §5.2)');
  assert.equal(rule.byteOffset, 7);
});
