/** Messages of every form of length, in one frame, whole and in small chops. */
import { test } from 'node:test';
import { binary, converse, rawHeader, roles, text } from '../../../testing/conformance-peer.ts';
import type { ConformanceCase } from '../../../testing/conformance-peer.ts';

const lengths = [0, 1, 125, 126, 127, 128, 65535, 65536];
const letters = (length: number) => 'abcdefghijklmnopqrstuvwxyz*'.repeat(length).slice(0, length);
const allBytes = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 0xff));

const cases: ConformanceCase[] = lengths.flatMap((length) => {
  const message = { text: text(letters(length)), binary: binary(allBytes(length)) };
  return (['text', 'binary'] as const).flatMap((kind) => [
    {
      name: `§5.6 a ${kind} message of ${length} bytes`,
      chops: [message[kind]],
      want: { frames: [message[kind]] },
    },
    {
      name: `§5.2 a ${kind} message of ${length} bytes in chops`,
      chops: [{ frames: [message[kind]], every: length < 1000 ? 1 : 997 }],
      want: { frames: [message[kind]] },
    },
  ]);
});

const refused: ConformanceCase[] = [
  ['125 bytes announced in 2 bytes', '82 7e 00 7d', 'ERR_WS_LENGTH_NOT_MINIMAL'],
  ['0 bytes announced in 8 bytes', '81 7f 00 00 00 00 00 00 00 00', 'ERR_WS_LENGTH_NOT_MINIMAL'],
  [
    '65535 bytes announced in 8 bytes',
    '82 7f 00 00 00 00 00 00 ff ff',
    'ERR_WS_LENGTH_NOT_MINIMAL',
  ],
  ['a length with its highest bit set', '82 7f 80 00 00 00 00 00 00 00', 'ERR_WS_LENGTH_HIGH_BIT'],
].map(([name = '', bytes = '', error = '']) => ({
  name: `§5.2 ${name}`,
  chops: [text('before'), rawHeader(bytes)],
  want: { frames: [text('before')], close: 1002, error },
}));

const masks: ConformanceCase['chops'] = [text('before'), { ...text('wrong'), wrongMask: true }];

for (const role of roles) {
  for (const { name, chops, want } of [...cases, ...refused]) {
    test(`${name}, our ${role}`, (t) => converse(t, role, { chops, want }));
  }
  test(`§5.1 a frame masked as it must not be, our ${role}`, async (t) => {
    const error = role === 'server' ? 'ERR_WS_MASK_REQUIRED' : 'ERR_WS_MASK_FORBIDDEN';
    const want = { frames: [text('before')], close: 1002, error };
    await converse(t, role, { chops: masks, want });
  });
}
