import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../src/websocket/constants.ts';
import { firstByte } from '../../src/websocket/frame.ts';
import { writeFrame } from '../../src/websocket/frame-writer.ts';
import { decodeFrame, encodeFrame } from '../../src/websocket/index.ts';
import { hex } from '../../testing/splits.ts';

/** Writes one frame into room that is larger than it needs; what was reserved, and the bytes. */
function write(first: number, data: string | Uint8Array, nextMaskingKey?: () => number) {
  const reserved: number[] = [];
  let room = Buffer.alloc(0);
  const reserve = (bytes: number) => {
    reserved.push(bytes);
    return (room = Buffer.alloc(bytes + 10, 0xee));
  };
  const bytes = writeFrame({ reserve, nextMaskingKey }, first, data);
  assert.deepEqual(reserved, [bytes], 'as much is reserved as is written');
  assert.ok(
    room.subarray(bytes).every((byte) => byte === 0xee),
    'nothing behind it',
  );
  return room.subarray(0, bytes);
}

const text = firstByte(true, false, Opcode.text);

test('§5.7 the printed examples, of a server and of a client', () => {
  assert.deepEqual(write(text, 'Hello'), hex('81 05 48 65 6c 6c 6f'));
  const key = () => 0x37fa213d;
  assert.deepEqual(write(text, 'Hello', key), hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
  assert.deepEqual(write(firstByte(false, false, Opcode.text), 'Hel'), hex('01 03 48 65 6c'));
});

test('RFC 7692 §7.2.3.1 RSV1 stands in the first byte', () => {
  const payload = hex('f2 48 cd c9 c9 07 00');
  const written = write(firstByte(true, true, Opcode.text), payload);
  assert.deepEqual(written, hex('c1 07 f2 48 cd c9 c9 07 00'));
});

test('§5.2 every form of the length, text and bytes, masked and not', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536]) {
    const data = 'é'.repeat(length >> 1) + 'x'.repeat(length & 1);
    for (const maskingKey of [undefined, 0x01020304]) {
      const key = maskingKey === undefined ? undefined : () => maskingKey;
      const masked = maskingKey === undefined ? {} : { maskingKey };
      const want = encodeFrame({ opcode: Opcode.text, payload: Buffer.from(data), ...masked });
      assert.ok(write(text, data, key).equals(want), `${length} bytes of text`);
      assert.ok(write(text, Buffer.from(data), key).equals(want), `${length} bytes`);
      assert.equal(decodeFrame(want)?.frame.payload.toString(), data);
    }
  }
});

test('§5.3 a key for each frame, and the bytes of the caller stay as they are', () => {
  let key = 0;
  const data = Buffer.from('abcdefgh');
  const first = write(text, data, () => ++key);
  const second = write(text, data, () => ++key);
  assert.deepEqual([first.readUInt32BE(2), second.readUInt32BE(2)], [1, 2]);
  assert.equal(data.toString(), 'abcdefgh');
});
