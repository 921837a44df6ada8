import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame } from '../../src/websocket/index.ts';
import { traceHeader } from '../../src/websocket/trace-header.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { hex } from '../../testing/splits.ts';

const cut = [
  { bytes: '', missing: 2 },
  { bytes: '81', missing: 1 },
  { bytes: '82 7e', missing: 2 },
  { bytes: '82 7e 01', missing: 1 },
  { bytes: '82 fe 01', missing: 5 },
  { bytes: '82 7f 00', missing: 7 },
  { bytes: '82 ff 00', missing: 11 },
  { bytes: '81 85 37 fa 21', missing: 1 },
];
for (const { bytes, missing } of cut) {
  test(`§5.2 the header ${bytes || 'of no bytes'} lacks ${missing}`, () => {
    const { verdict, bytes: read } = traceHeader(hex(bytes));
    assert.deepEqual(verdict, { kind: 'incomplete', missingBytes: missing });
    assert.equal(read, hex(bytes).length);
  });
}

test('§5.1 without a sender the mask bit tells who it was', () => {
  assert.equal(traceHeader(hex('81 80 00 00 00 00')).sender, 'client');
  assert.equal(traceHeader(hex('81 00')).sender, 'server');
  assert.equal(traceHeader(hex('81')).sender, undefined);
  assert.equal(traceHeader(hex('81'), { sender: 'client' }).sender, 'client');
});

test('§5.2 the fields are those of the plain reader', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.concat([random.bytes(2), random.bytes(400)]);
    const read = decodeFrameOrNothing(bytes);
    if (read === undefined) continue;
    const { fields, maskingKey } = traceHeader(bytes, { extensionBits: 0b0111_0000 });
    const { fin, rsv1, rsv2, rsv3, opcode, payload } = read.frame;
    const masked = read.frame.maskingKey !== undefined;
    const payloadLength = payload.length;
    assert.deepEqual(fields, { fin, rsv1, rsv2, rsv3, opcode, masked, payloadLength });
    assert.equal(maskingKey, read.frame.maskingKey);
  }
});

function decodeFrameOrNothing(bytes: Buffer) {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return undefined;
  }
}
