import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeClosePayload,
  encodeClosePayload,
  isCloseCode,
} from '../../src/websocket/close-frame.ts';
import { WebSocketError } from '../../src/websocket/index.ts';
import { hex } from '../../testing/splits.ts';

test('§7.4 the codes that may be sent, among all 65536', () => {
  const allowed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
  for (let code = 0; code < 65536; code++) {
    const want = allowed.includes(code) || (code >= 3000 && code <= 4999);
    assert.equal(isCloseCode(code), want, `code ${code}`);
  }
  assert.equal(isCloseCode(1000.5), false);
  assert.equal(isCloseCode(NaN), false);
});

const payloads = [
  { name: 'no body', bytes: '', want: { code: 1005, reason: '' } },
  { name: 'a code alone', bytes: '03 e8', want: { code: 1000, reason: '' } },
  { name: 'code and reason', bytes: '03 e8 62 79 65', want: { code: 1000, reason: 'bye' } },
  { name: 'a private code', bytes: '0f a1 c3 a9', want: { code: 4001, reason: 'é' } },
  { name: 'one byte', bytes: '03', want: 'ERR_WS_CLOSE_PAYLOAD' },
  { name: 'code 1005', bytes: '03 ed', want: 'ERR_WS_CLOSE_CODE' },
  { name: 'code 0', bytes: '00 00', want: 'ERR_WS_CLOSE_CODE' },
  { name: 'reason that is no UTF-8', bytes: '03 e8 ff', want: 'ERR_WS_INVALID_UTF8' },
];

for (const { name, bytes, want } of payloads) {
  test(`§5.5.1 ${name}`, () => {
    const got = decodeClosePayload(hex(bytes));
    if (got instanceof WebSocketError) {
      assert.equal(got.code, want);
      assert.equal(got.closeCode, want === 'ERR_WS_INVALID_UTF8' ? 1007 : 1002);
      return;
    }
    assert.deepEqual({ code: got.code, reason: got.reason.toString() }, want);
    if (got.code !== 1005) assert.deepEqual(encodeClosePayload(got.code, got.reason), hex(bytes));
  });
}

test('§5.5.1 what cannot be sent is the caller’s mistake, named', () => {
  assert.equal(encodeClosePayload().length, 0);
  assert.equal(encodeClosePayload(1000, 'a'.repeat(123)).length, 125);
  assert.throws(() => encodeClosePayload(1000, 'é'.repeat(62)), /at most 123 bytes, got 124/);
  assert.throws(() => encodeClosePayload(1006), { name: 'RangeError', message: /got 1006/ });
  assert.throws(() => encodeClosePayload(undefined, 'why'), RangeError);
});
