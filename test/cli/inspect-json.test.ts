import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingToJson, serializeLine, summaryToJson } from '../../src/cli/inspect-json.ts';
import { Inspection } from '../../src/cli/inspection.ts';
import { hex } from '../../testing/splits.ts';

function jsonOf(bytes: string): Record<string, unknown>[] {
  const inspection = new Inspection();
  const found = [...inspection.push('server', hex(bytes)), ...inspection.end()];
  const objects = [...found.map((one) => findingToJson(one)), summaryToJson(inspection.summary)];
  return objects.map((one) => JSON.parse(JSON.stringify(one)) as Record<string, unknown>);
}

test('a frame has header, fields, payload and its message', () => {
  const [frame, end] = jsonOf('81 02 48 69');
  const { fields, ...rest } = frame!;
  assert.deepEqual(rest, {
    type: 'frame',
    number: 1,
    sender: 'server',
    byteOffset: 0,
    bytes: 4,
    header: {
      fin: true,
      rsv1: false,
      rsv2: false,
      rsv3: false,
      opcode: 1,
      masked: false,
      payloadLength: 2,
    },
    payload: '4869',
    payloadKind: 'text',
    verdict: { kind: 'ok' },
    message: { kind: 'text', compressed: false, frames: 1, bytes: 2, text: 'Hi' },
  });
  assert.deepEqual((fields as unknown[])[4], {
    byteRange: [0, 1],
    bitRange: [4, 8],
    bits: '.... 0001',
    name: 'opcode',
    value: '0x1',
    meaning: 'text',
    section: 'RFC 6455 §5.6',
    verdict: 'ok',
  });
  assert.deepEqual([end?.['type'], end?.['valid'], end?.['frames']], ['end', true, 1]);
});

test('every kind of finding has its type', () => {
  const types = (bytes: string) => jsonOf(bytes).map(({ type }) => type);
  assert.deepEqual(types('88 00 00'), ['frame', 'closed', 'rest', 'end']);
  assert.deepEqual(types(Buffer.from('HTTP/1.1 404 No\r\n\r\nx').toString('hex')), [
    'handshake',
    'body',
    'end',
  ]);
  const [frame, end] = jsonOf('82 7e');
  assert.deepEqual(frame?.['verdict'], { kind: 'incomplete', missingBytes: 2 });
  assert.deepEqual(end?.['problems'], [{ sender: 'server', code: 'INCOMPLETE', byteOffset: 2 }]);
});

test('a line of JSON holds no control character, and loses none', () => {
  const value = { text: 'a\n\u001b\u007f\u009b\u202e"\\é' };
  const line = serializeLine(value);
  assert.match(line, /^[^\u0000-\u001f\u007f-\u009f\u202e]*\n$/);
  assert.deepEqual(JSON.parse(line), value);
});
