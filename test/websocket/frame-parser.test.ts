import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, encodeFrame, FrameParser, ParserStep } from '../../src/websocket/index.ts';
import type { FrameParserOptions } from '../../src/websocket/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { arrivals, hex } from '../../testing/splits.ts';

interface ReadFrame {
  fin: boolean;
  opcode: number;
  payload: Buffer;
}

/** Drives a parser over chunks: the whole frames it found, the pieces of the last, its error. */
function parse(chunks: readonly Buffer[], options: FrameParserOptions, limit = 1 << 20) {
  const parser = new FrameParser(options);
  parser.payloadLimitBytes = limit;
  const frames: ReadFrame[] = [];
  let pieces: Buffer[] = [];
  let steps = 0;
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let step = parser.next(); step !== ParserStep.needMore; step = parser.next()) {
      steps++;
      if (step === ParserStep.invalid) return { frames, pieces, steps, error: parser.error?.code };
      if (step === ParserStep.header) continue;
      pieces.push(parser.payload);
      if (!parser.frameComplete) continue;
      frames.push({ fin: parser.fin, opcode: parser.opcode, payload: Buffer.concat(pieces) });
      pieces = [];
    }
  }
  return { frames, pieces, steps, error: undefined };
}

const streams = [
  { name: '§5.7 unmasked text', bytes: '81 05 48 65 6c 6c 6f', masked: false, want: ['1 1 Hello'] },
  {
    name: '§5.7 masked text',
    bytes: '81 85 37 fa 21 3d 7f 9f 4d 51 58',
    masked: true,
    want: ['1 1 Hello'],
  },
  {
    name: '§5.7 fragments with a ping between',
    bytes: '01 03 48 65 6c 89 01 3f 80 02 6c 6f',
    masked: false,
    want: ['0 1 Hel', '1 9 ?', '1 0 lo'],
  },
  {
    name: '§5.2 empty frames',
    bytes: '81 80 00 00 00 00 82 80 12 34 56 78',
    masked: true,
    want: ['1 1 ', '1 2 '],
  },
];

for (const { name, bytes, masked, want } of streams) {
  test(`${name}, in every split`, () => {
    for (const { name: split, chunks } of arrivals(hex(bytes))) {
      const { frames, error } = parse(chunks, { expectMasked: masked });
      const got = frames.map(({ fin, opcode, payload }) => `${Number(fin)} ${opcode} ${payload}`);
      assert.deepEqual(got, want, split);
      assert.equal(error, undefined);
    }
  });
}

for (const length of [0, 1, 125, 126, 127, 65535, 65536]) {
  test(`§5.2 a masked payload of ${length} bytes, whole and cut around its header`, (t) => {
    const payload = seededRandom(t).bytes(length);
    const frame = encodeFrame({ opcode: 2, payload, maskingKey: 0xa1b2c3d4 });
    const trailing = encodeFrame({ opcode: 9, payload: Buffer.from('x'), maskingKey: 1 });
    const stream = Buffer.concat([frame, trailing]);
    const cuts = [1, 2, 3, 5, 9, 13, 14, 15, 20, 77, frame.length - 1, frame.length];
    for (const cut of cuts.filter((at) => at < stream.length)) {
      const chunks = [Buffer.from(stream.subarray(0, cut)), Buffer.from(stream.subarray(cut))];
      const { frames } = parse(chunks, { expectMasked: true });
      assert.equal(frames.length, 2, `cut at ${cut}`);
      assert.ok(frames[0]?.payload.equals(payload), `cut at ${cut}`);
    }
  });
}

const invalid = [
  { name: '§5.2 RSV1', bytes: 'c1 00', code: 'ERR_WS_RESERVED_BITS' },
  { name: '§5.2 RSV2', bytes: 'a1 00', code: 'ERR_WS_RESERVED_BITS' },
  { name: '§5.2 RSV3', bytes: '91 00', code: 'ERR_WS_RESERVED_BITS' },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    name: `§5.2 opcode ${opcode} with a length of 2^40, judged before it`,
    bytes: `8${opcode.toString(16)} 7f`,
    code: 'ERR_WS_OPCODE',
  })),
  { name: '§5.1 masked by a server', bytes: '81 80', code: 'ERR_WS_MASK_FORBIDDEN' },
  { name: '§5.5 fragmented ping', bytes: '09 00', code: 'ERR_WS_CONTROL_FRAGMENTED' },
  { name: '§5.5 ping of 126 bytes', bytes: '89 7e', code: 'ERR_WS_CONTROL_TOO_LONG' },
  { name: '§5.2 125 in 2 bytes', bytes: '82 7e 00 7d', code: 'ERR_WS_LENGTH_NOT_MINIMAL' },
  {
    name: '§5.2 65535 in 8 bytes',
    bytes: '82 7f 00 00 00 00 00 00 ff ff',
    code: 'ERR_WS_LENGTH_NOT_MINIMAL',
  },
  {
    name: '§5.2 2^63',
    bytes: '82 7f 80 00 00 00 00 00 00 00',
    code: 'ERR_WS_LENGTH_HIGH_BIT',
  },
  {
    name: '§5.2 2^64 - 1',
    bytes: '82 7f ff ff ff ff ff ff ff ff',
    code: 'ERR_WS_LENGTH_HIGH_BIT',
  },
  ...['00 00 00 00 80 00 00 00', '00 20 00 00 00 00 00 00', '7f ff ff ff ff ff ff ff'].map(
    (length) => ({
      name: `§7.4.1 length ${length}`,
      bytes: `82 7f ${length}`,
      code: 'ERR_WS_MESSAGE_TOO_BIG',
    }),
  ),
];

for (const { name, bytes, code } of invalid) {
  test(`${name} is refused as soon as it can be told, in every split`, () => {
    for (const { name: split, chunks } of arrivals(hex(bytes))) {
      const { error, frames } = parse(chunks, { expectMasked: false });
      assert.equal(error, code, split);
      assert.deepEqual(frames, []);
    }
  });
}

test('§5.1 an unmasked frame of a client is refused', () => {
  assert.equal(parse([hex('81 00')], { expectMasked: true }).error, 'ERR_WS_MASK_REQUIRED');
});

test('§7.4.1 the limit is exact, and applies to the announced length', () => {
  const options = { expectMasked: false };
  assert.equal(parse([hex('82 05')], options, 5).error, undefined);
  assert.equal(parse([hex('82 06')], options, 5).error, 'ERR_WS_MESSAGE_TOO_BIG');
  assert.equal(parse([hex('89 06')], options, 5).error, undefined);
});

test('§9 an extension may own RSV1, on data frames only', () => {
  const options = { expectMasked: false, extensionBits: 0b0100_0000 };
  assert.equal(parse([hex('c1 00')], options).error, undefined);
  assert.equal(parse([hex('c9 00')], options).error, 'ERR_WS_RESERVED_BITS');
  assert.equal(parse([hex('a1 00')], options).error, 'ERR_WS_RESERVED_BITS');
});

test('payloads are views into the chunk, not copies', () => {
  const chunk = hex('82 02 aa bb 82 01 cc');
  const { frames, pieces } = parse([chunk.subarray(0, 4)], { expectMasked: false });
  assert.equal(pieces.length, 0);
  const parser = new FrameParser({ expectMasked: false });
  parser.push(chunk);
  parser.next();
  parser.next();
  assert.equal(parser.payload.buffer, chunk.buffer);
  assert.deepEqual(frames[0]?.payload, hex('aa bb'));
});

/** Reads until a rule is broken, and tells where. */
function describeFailure(chunks: readonly Buffer[], expectMasked: boolean) {
  const parser = new FrameParser({ expectMasked });
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let step = parser.next(); step !== ParserStep.needMore; step = parser.next()) {
      if (step === ParserStep.invalid) return parser.describeFrame();
    }
  }
  throw new Error('no rule was broken');
}

const described: {
  name: string;
  bytes: string;
  masked?: boolean;
  offset: number;
  bits: string;
  opcode: number;
  length: number | undefined;
}[] = [
  {
    name: 'the first frame',
    bytes: 'c1 00',
    ...{ offset: 0, bits: 'fin rsv1', opcode: 1, length: undefined },
  },
  {
    name: 'all RSV bits',
    bytes: '70 00',
    ...{ offset: 0, bits: 'rsv1 rsv2 rsv3', opcode: 0, length: undefined },
  },
  {
    name: 'behind a ping and a message',
    bytes: '89 01 3f 82 7e 00 7e' + ' 00'.repeat(126) + ' 83 05 41',
    ...{ offset: 133, bits: 'fin', opcode: 3, length: undefined },
  },
  {
    name: 'unmasked where it must be masked',
    bytes: '81 80 00 00 00 00 81 01 41',
    ...{ masked: true, offset: 6, bits: 'fin', opcode: 1, length: undefined },
  },
  {
    name: 'masked where it must not be',
    bytes: '81 00 82 83 01 02 03 04',
    ...{ offset: 2, bits: 'fin masked', opcode: 2, length: undefined },
  },
  {
    name: 'a length that is not minimal',
    bytes: '82 7e 00 7d',
    ...{ offset: 0, bits: 'fin', opcode: 2, length: 125 },
  },
  {
    name: 'a length over the limit',
    bytes: '81 00 02 7f 00 00 00 01 00 00 00 00',
    ...{ offset: 2, bits: '', opcode: 2, length: 2 ** 32 },
  },
];

for (const { name, bytes, masked = false, offset, bits, opcode, length } of described) {
  test(`§5.2 where a rule was broken: ${name}, in every split`, () => {
    for (const { name: split, chunks } of arrivals(hex(bytes))) {
      const { byteOffset, header, lastBytes } = describeFailure(chunks, masked);
      assert.equal(byteOffset, offset, split);
      const names = ['fin', 'rsv1', 'rsv2', 'rsv3', 'masked'] as const;
      assert.equal(names.filter((bit) => header[bit]).join(' '), bits, split);
      assert.equal(header.opcode, opcode);
      assert.equal(header.payloadLength, length, split);
      const stream = hex(bytes).toString('hex').replace(/../g, '$& ').trim();
      const fromFrame = stream.slice(offset * 3);
      assert.ok(fromFrame.includes(lastBytes), `${split}: ${lastBytes}`);
      assert.ok(lastBytes.length <= 16 * 3 - 1);
      if (split === 'whole') assert.equal(lastBytes, fromFrame.slice(0, 47));
      // The two bytes that every header has are shown wherever the chunks were cut in front of it.
      if (length === undefined) assert.equal(lastBytes.slice(0, 5), fromFrame.slice(0, 5));
    }
  });
}

test('what an earlier chunk left unread comes before the next', () => {
  const parser = new FrameParser({ expectMasked: false });
  parser.push(hex('81 01 41 81'));
  assert.equal(parser.next(), ParserStep.header);
  parser.push(hex('01 42'));
  const texts: string[] = [];
  for (let step = parser.next(); step !== ParserStep.needMore; step = parser.next()) {
    if (step === ParserStep.payload) texts.push(parser.payload.toString());
  }
  assert.deepEqual(texts, ['A', 'B']);
});

test('§5.2 random valid streams in random splits agree with the plain reader', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 300; round++) {
    const frames = Array.from({ length: 1 + random.below(6) }, () =>
      encodeFrame({
        opcode: 2,
        payload: random.bytes(random.below(random.pick([3, 130, 2000]))),
        maskingKey: random.uint32(),
      }),
    );
    const stream = Buffer.concat(frames);
    const want = frames.map((frame) => decodeFrame(frame)?.frame.payload.toString('hex'));
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length;) {
      const size = 1 + random.below(40);
      chunks.push(Buffer.from(stream.subarray(at, at + size)));
      at += size;
    }
    const got = parse(chunks, { expectMasked: true });
    assert.deepEqual(
      got.frames.map((frame) => frame.payload.toString('hex')),
      want,
    );
  }
});

test('garbage gives frames or a documented error, and progress at each step', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 20_000; round++) {
    const bytes = random.bytes(1 + random.below(60));
    const { steps, error } = parse([bytes], { expectMasked: random.below(2) === 0 });
    assert.ok(steps <= 2 * bytes.length + 1, 'a step that reads nothing');
    if (error !== undefined) assert.match(error, /^ERR_WS_/);
  }
});
