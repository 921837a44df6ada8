import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerRows, opcodeName, opcodeSection } from '../../src/websocket/trace-header-rows.ts';
import { hex } from '../../testing/splits.ts';

const show = (bytes: string, extensionBits = 0) =>
  headerRows(hex(bytes), 0, extensionBits).map(
    ({ bitRange, bits, name, value, meaning, verdict }) =>
      `${bitRange.join('-')} ${bits ?? ''} ${name} ${value}: ${meaning}, ${verdict}`,
  );

test('§5.2 the bits of the first two bytes, as the figure counts them', () => {
  assert.deepEqual(show('81 85 37 fa 21 3d'), [
    '0-1 1... .... fin 1: the last frame of its message, ok',
    '1-2 .0.. .... rsv1 0: not used, ok',
    '2-3 ..0. .... rsv2 0: not used, ok',
    '3-4 ...0 .... rsv3 0: not used, ok',
    '4-8 .... 0001 opcode 0x1: text, ok',
    '8-9 1... .... mask 1: masked, as a client does, ok',
    '9-16 .000 0101 length 5: bytes of payload, ok',
    '16-48  maskingKey 37 fa 21 3d: the payload is XORed with it, ok',
  ]);
});

const lengths = [
  { bytes: '82 7d', want: ['9-16 .111 1101 length 125: bytes of payload, ok'] },
  {
    bytes: '82 7e 01 00',
    want: [
      '9-16 .111 1110 length 126: the length is in the next 2 bytes, ok',
      '16-32  extendedLength 256: bytes of payload, ok',
    ],
  },
  {
    bytes: '82 7f ff ff ff ff ff ff ff ff',
    want: [
      '9-16 .111 1111 length 127: the length is in the next 8 bytes, ok',
      '16-80  extendedLength 18446744073709551615: bytes of payload, ok',
    ],
  },
  {
    bytes: '82 7f 00 00 01',
    want: [
      '9-16 .111 1111 length 127: the length is in the next 8 bytes, ok',
      '16-40  extendedLength 00 00 01: 3 of 8 bytes, incomplete',
    ],
  },
  { bytes: '82 7e', want: ['9-16 .111 1110 length 126: the length is in the next 2 bytes, ok'] },
];
for (const { bytes, want } of lengths) {
  test(`§5.2 the length of ${bytes}`, () => assert.deepEqual(show(bytes).slice(6), want));
}

test('§5.3 a masking key that is cut short', () => {
  assert.equal(show('81 80 01 02').at(-1), '16-32  maskingKey 01 02: 2 of 4 bytes, incomplete');
});

test('§5.2 an RSV bit has the verdict of its own', () => {
  const rsv = (bytes: string, bits?: number) => show(bytes, bits).slice(1, 4);
  assert.deepEqual(rsv('f1'), [
    '1-2 .1.. .... rsv1 1: no extension uses it, ERR_WS_RESERVED_BITS',
    '2-3 ..1. .... rsv2 1: no extension uses it, ERR_WS_RESERVED_BITS',
    '3-4 ...1 .... rsv3 1: no extension uses it, ERR_WS_RESERVED_BITS',
  ]);
  assert.match(rsv('c1', 0b0100_0000)[0]!, /compressed, ok$/);
  assert.match(rsv('81', 0b0100_0000)[0]!, /not compressed, ok$/);
  assert.match(rsv('c9', 0b0100_0000)[0]!, /ERR_WS_RESERVED_BITS$/);
  assert.match(rsv('a1', 0b0010_0000)[1]!, /set by an extension, ok$/);
});

test('nothing has no rows', () => assert.deepEqual(show(''), []));

test('§5.2 every opcode has a name and a section', () => {
  const all = Array.from({ length: 16 }, (_, opcode) => opcode);
  assert.deepEqual(all.map(opcodeName).slice(0, 4), [
    'continuation',
    'text',
    'binary',
    'opcode 0x3',
  ]);
  assert.deepEqual(all.map(opcodeName).slice(8, 12), ['close', 'ping', 'pong', 'opcode 0xb']);
  for (const opcode of all) assert.match(opcodeSection(opcode), /^RFC 6455 §5\.[2456]/);
});
