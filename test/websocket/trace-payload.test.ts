import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceHeader } from '../../src/websocket/trace-header.ts';
import { judgeEnd, payloadRows, unmasked } from '../../src/websocket/trace-payload.ts';
import { hex } from '../../testing/splits.ts';

test('§5.3 unmasking makes a copy', () => {
  const wire = hex('7f 9f 4d 51 58');
  assert.equal(unmasked(wire, 0x37fa213d).toString(), 'Hello');
  assert.deepEqual(wire, hex('7f 9f 4d 51 58'));
  assert.deepEqual(unmasked(wire, undefined), wire);
});

const show = (
  header: string,
  payload: string,
  kind: 'text' | 'binary' | 'compressed' | 'control',
) => {
  const bytes = hex(payload);
  return payloadRows(traceHeader(hex(header)), bytes, bytes.length, kind).map(
    ({ byteRange, name, value, meaning, verdict }) =>
      `${byteRange.join('-')} ${name} ${value}: ${meaning}, ${verdict}`,
  );
};

test('an empty payload has no row', () => assert.deepEqual(show('81 00', '', 'text'), []));

test('§5.6 text, binary, compressed', () => {
  assert.deepEqual(show('81 02', '48 69', 'text'), ['2-4 payload 48 69: "Hi", ok']);
  assert.deepEqual(show('82 02', '48 69', 'binary'), ['2-4 payload 48 69: binary, ok']);
  assert.deepEqual(show('c1 02', '48 69', 'compressed'), ['2-4 payload 48 69: compressed, ok']);
  assert.deepEqual(show('89 01', '1b', 'control'), ['2-3 payload 1b: "\\u001b", ok']);
});

test('§5.3 a masked payload is shown as it is sent, too', () => {
  assert.deepEqual(show('81 82 01 02 03 04', '48 69', 'text'), [
    '6-8 masked 49 6b: the payload as it is sent, ok',
    '6-8 payload 48 69: "Hi", ok',
  ]);
});

test('long payloads are cut short, unfinished ones say so', () => {
  const long = '61'.repeat(60);
  assert.deepEqual(show('81 3c', long, 'text'), [
    `2-62 payload 61 61 61 61 61 61 61 61 ...: "${'a'.repeat(40)}"..., ok`,
  ]);
  assert.deepEqual(show('81 3c', '61 61', 'text'), [
    '2-4 payload 61 61: 2 of 60 bytes: "aa", incomplete',
  ]);
});

test('§5.5.1 a close frame has a code and a reason', () => {
  assert.deepEqual(show('88 05', '03 e8 62 79 65', 'control'), [
    '2-4 code 1000: normal: the purpose is fulfilled, ok',
    '4-7 reason 62 79 65: "bye", ok',
  ]);
  assert.deepEqual(show('88 01', '03', 'control'), ['2-3 payload 03: "\\u0003", ok']);
});

test('§5.5.1 a whole close frame is judged, and where it is wrong', () => {
  const judge = (payload: string) => {
    const bad = judgeEnd(traceHeader(hex('88 05')), hex(payload), undefined);
    return bad && [bad.index, bad.error.code];
  };
  assert.equal(judge(''), undefined);
  assert.equal(judge('03 e8'), undefined);
  assert.deepEqual(judge('03'), [0, 'ERR_WS_CLOSE_PAYLOAD']);
  assert.deepEqual(judge('03 ed'), [0, 'ERR_WS_CLOSE_CODE']);
  assert.deepEqual(judge('03 e8 ff'), [2, 'ERR_WS_INVALID_UTF8']);
});
