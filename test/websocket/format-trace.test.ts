import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTrace, traceFrame } from '../../src/websocket/index.ts';
import type { TraceOptions } from '../../src/websocket/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { hex } from '../../testing/splits.ts';

const format = (bytes: string, options?: TraceOptions) =>
  formatTrace(traceFrame(hex(bytes), options));

test('§5.7 a masked text, in columns', () => {
  assert.equal(
    format('81 85 37 fa 21 3d 7f 9f 4d 51 58'),
    [
      'byte 0: text frame from a client, 11 bytes',
      '  byte  bits       field       value           meaning                        RFC 6455',
      '  0     1... ....  fin         1               the last frame of its message  §5.2',
      '  0     .0.. ....  rsv1        0               not used                       §5.2',
      '  0     ..0. ....  rsv2        0               not used                       §5.2',
      '  0     ...0 ....  rsv3        0               not used                       §5.2',
      '  0     .... 0001  opcode      0x1             text                           §5.6',
      '  1     1... ....  mask        1               masked, as a client does       §5.1',
      '  1     .000 0101  length      5               bytes of payload               §5.2',
      '  2-5              maskingKey  37 fa 21 3d     the payload is XORed with it   §5.3',
      '  6-10             masked      7f 9f 4d 51 58  the payload as it is sent      §5.3',
      '  6-10             payload     48 65 6c 6c 6f  "Hello"                        §5.6',
      '  ok',
      '',
    ].join('\n'),
  );
});

const endings = [
  {
    bytes: '',
    want: ['byte 0: the beginning of a frame, 0 bytes', '  incomplete: at least 2 more bytes'],
  },
  {
    bytes: '81',
    want: ['byte 0: the beginning of a frame, 1 byte', '  incomplete: at least 1 more byte'],
  },
  { bytes: '83 00', want: ['byte 0: opcode 0x3 frame from a server, 2 bytes'] },
];
for (const { bytes, want } of endings) {
  test(`the summary of ${bytes || 'nothing'}`, () => {
    const lines = format(bytes).split('\n');
    assert.deepEqual([lines[0], ...want.slice(1)], want);
    for (const line of want) assert.ok(lines.includes(line), line);
  });
}

test('a broken rule is marked in its row, then told with its causes', () => {
  const lines = format('8a 7e', { byteOffset: 9 }).split('\n');
  const row = lines.find((line) => line.includes('length'));
  assert.match(row ?? '', /<- ERR_WS_CONTROL_TOO_LONG$/);
  assert.ok(lines.includes('  broken at byte 10: ERR_WS_CONTROL_TOO_LONG, close code 1002'));
  assert.ok(lines.some((line) => line.startsWith('    often: ')));
});

test('a section of another RFC keeps its name', () => {
  assert.match(format('c1 00', { extensionBits: 0b0100_0000 }), /compressed +RFC 7692 §6/);
});

test('a long text has its lines below the table, cut short', () => {
  const text = 'x'.repeat(600);
  const shown = format(`81 7e 02 58 ${Buffer.from(text).toString('hex')}`);
  assert.ok(shown.includes(`\n\n  text  "${'x'.repeat(512)}"...\n\n  ok\n`));
  assert.doesNotMatch(format('81 09 616161616161616161'), /\n {2}text/);
});

test('long binary data is a dump below the table, cut short', () => {
  const shown = format(`82 7e 00 c8 ${'00'.repeat(200)}`);
  assert.match(shown, /\n\n {2}0000 {2}(00 ){16} \.{16}\n/);
  assert.match(shown, /\n {2}\.\.\. 72 more bytes\n\n {2}ok\n$/);
});

test('no control character and no line of its own comes out of a payload', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 500; round++) {
    const payload = Buffer.from(
      Array.from({ length: 30 }, () => String.fromCharCode(random.below(0x3000))).join(''),
    );
    for (const first of ['81', '82']) {
      const shown = format(
        `${first} ${Buffer.from([payload.length]).toString('hex')} ${payload.toString('hex')}`,
      );
      assert.doesNotMatch(shown.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  }
});
