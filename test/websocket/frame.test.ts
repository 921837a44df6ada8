import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, encodeFrame } from '../../src/websocket/index.ts';
import { headerBytes, writeFrameHeader } from '../../src/websocket/frame.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { hex } from '../../testing/splits.ts';

// Every example that RFC 6455 §5.7 prints in full.
const examples = [
  { name: 'unmasked text', bytes: '81 05 48 65 6c 6c 6f', fields: { opcode: 1, text: 'Hello' } },
  {
    name: 'masked text',
    bytes: '81 85 37 fa 21 3d 7f 9f 4d 51 58',
    fields: { opcode: 1, text: 'Hello', maskingKey: 0x37fa213d },
  },
  {
    name: 'first fragment',
    bytes: '01 03 48 65 6c',
    fields: { opcode: 1, text: 'Hel', fin: false },
  },
  { name: 'last fragment', bytes: '80 02 6c 6f', fields: { opcode: 0, text: 'lo' } },
  { name: 'ping', bytes: '89 05 48 65 6c 6c 6f', fields: { opcode: 9, text: 'Hello' } },
  {
    name: 'masked pong',
    bytes: '8a 85 37 fa 21 3d 7f 9f 4d 51 58',
    fields: { opcode: 10, text: 'Hello', maskingKey: 0x37fa213d },
  },
] as const;

for (const { name, bytes, fields } of examples) {
  test(`§5.7 ${name}: the same bytes from the fields, the same fields from the bytes`, () => {
    const { text, ...rest } = fields;
    const wire = hex(bytes);
    assert.deepEqual(encodeFrame({ ...rest, payload: Buffer.from(text) }), wire);
    const read = decodeFrame(wire);
    assert.equal(read?.bytesRead, wire.length);
    assert.equal(read.frame.payload.toString(), text);
    assert.equal(read.frame.fin, 'fin' in fields ? fields.fin : true);
    assert.equal(read.frame.maskingKey, 'maskingKey' in fields ? fields.maskingKey : undefined);
  });
}

const boundaries = [
  { length: 0, header: '82 00' },
  { length: 1, header: '82 01' },
  { length: 125, header: '82 7d' },
  { length: 126, header: '82 7e 00 7e' },
  { length: 127, header: '82 7e 00 7f' },
  { length: 256, header: '82 7e 01 00' },
  { length: 65535, header: '82 7e ff ff' },
  { length: 65536, header: '82 7f 00 00 00 00 00 01 00 00' },
];

for (const { length, header } of boundaries) {
  test(`§5.2 a payload of ${length} bytes has its length in the shortest form`, (t) => {
    const payload = seededRandom(t).bytes(length);
    const frame = encodeFrame({ opcode: 2, payload });
    const size = hex(header).length;
    assert.deepEqual(frame.subarray(0, size), hex(header));
    assert.equal(headerBytes(length, false), size);
    assert.equal(headerBytes(length, true), size + 4);
    assert.deepEqual(decodeFrame(frame)?.frame.payload, payload);
    const masked = encodeFrame({ opcode: 2, payload, maskingKey: 0x01020304 });
    assert.deepEqual(decodeFrame(masked)?.frame.payload, payload);
    assert.equal(decodeFrame(frame.subarray(0, -1)), undefined);
  });
}

test('§5.2 lengths above 2^32 are written in full', () => {
  const header = Buffer.alloc(10);
  writeFrameHeader(header, 0, 0x82, 2 ** 40 + 5, undefined);
  assert.deepEqual(header, hex('82 7f 00 00 01 00 00 00 00 05'));
  assert.equal(decodeFrame(header), undefined);
  assert.throws(() => decodeFrame(hex('82 7f 00 20 00 00 00 00 00 00')), RangeError);
});

test('§5.2 the RSV bits are reported one by one', () => {
  const frame = decodeFrame(hex('d2 00'))?.frame;
  assert.deepEqual([frame?.rsv1, frame?.rsv2, frame?.rsv3], [true, false, true]);
  assert.deepEqual(encodeFrame({ opcode: 1, payload: Buffer.alloc(0), rsv1: true }), hex('c1 00'));
});
