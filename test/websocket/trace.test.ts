/** A frame explained; and each verdict compared with those of FrameParser and the connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, FrameParser, Opcode, ParserStep } from '../../src/websocket/index.ts';
import { formatTrace, traceFrame } from '../../src/websocket/index.ts';
import type { Role, TraceOptions } from '../../src/websocket/index.ts';
import { beginsMessage, checkTraceOptions, payloadKind } from '../../src/websocket/trace.ts';
import { traceHeader } from '../../src/websocket/trace-header.ts';
import { recordProtocol } from '../../testing/protocol-recorder.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import type { SeededRandom } from '../../testing/seeded-random.ts';
import { hex } from '../../testing/splits.ts';

const examples = [
  { name: 'an unmasked text', bytes: '81 05 48 65 6c 6c 6f', sender: 'server', payload: 'Hello' },
  {
    name: 'a masked text',
    bytes: '81 85 37 fa 21 3d 7f 9f 4d 51 58',
    sender: 'client',
    payload: 'Hello',
  },
  { name: 'a first fragment', bytes: '01 03 48 65 6c', sender: 'server', payload: 'Hel' },
  { name: 'a ping', bytes: '89 05 48 65 6c 6c 6f', sender: 'server', payload: 'Hello' },
  {
    name: 'a masked pong',
    bytes: '8a 85 37 fa 21 3d 7f 9f 4d 51 58',
    sender: 'client',
    payload: 'Hello',
  },
  {
    name: '256 bytes',
    bytes: `82 7e 01 00 ${'61'.repeat(256)}`,
    sender: 'server',
    payload: 'a'.repeat(256),
  },
  {
    name: '65536 bytes',
    bytes: `82 7f 00 00 00 00 00 01 00 00 ${'61'.repeat(65536)}`,
    sender: 'server',
    payload: 'a'.repeat(65536),
  },
] as const;

for (const { name, bytes, sender, payload } of examples) {
  test(`§5.7 ${name}, with bytes behind it and a place in the stream`, () => {
    const frame = hex(bytes);
    const stream = Buffer.concat([frame, hex('ff ff')]);
    const trace = traceFrame(stream, { byteOffset: 100 });
    assert.deepEqual(trace.verdict, { kind: 'ok' });
    assert.equal(trace.bytesRead, frame.length);
    assert.equal(trace.payload.toString(), payload);
    assert.equal(trace.sender, sender);
    assert.equal(trace.rows[0]?.byteRange[0], 100);
    assert.equal(trace.rows.at(-1)?.byteRange[1], 100 + frame.length);
    assert.deepEqual(stream, Buffer.concat([hex(bytes), hex('ff ff')]), 'bytes stay as they are');
  });
}

test('§5.4 a continuation belongs to the message that has begun', () => {
  const trace = traceFrame(hex('80 02 6c 6f'), { unfinished: 'text' });
  assert.deepEqual([trace.verdict.kind, trace.payloadKind], ['ok', 'text']);
  assert.equal(traceFrame(hex('80 01 ff'), { unfinished: 'text' }).verdict.kind, 'ok');
});

const broken = [
  { bytes: '91 00', code: 'ERR_WS_RESERVED_BITS', at: 0, field: 'rsv3' },
  { bytes: '83 00', code: 'ERR_WS_OPCODE', at: 0, field: 'opcode' },
  { bytes: '81 00', code: 'ERR_WS_MASK_REQUIRED', at: 1, field: 'mask', sender: 'client' },
  { bytes: '81 80', code: 'ERR_WS_MASK_FORBIDDEN', at: 1, field: 'mask', sender: 'server' },
  { bytes: '09 00', code: 'ERR_WS_CONTROL_FRAGMENTED', at: 0, field: 'fin' },
  { bytes: '89 7e', code: 'ERR_WS_CONTROL_TOO_LONG', at: 1, field: 'length' },
  { bytes: '82 7e 00 7d', code: 'ERR_WS_LENGTH_NOT_MINIMAL', at: 2, field: 'extendedLength' },
  {
    bytes: '82 7f 80 00 00 00 00 00 00 00',
    code: 'ERR_WS_LENGTH_HIGH_BIT',
    at: 2,
    field: 'extendedLength',
  },
  { bytes: '80 00', code: 'ERR_WS_FRAGMENT_ORDER', at: 0, field: 'opcode' },
  { bytes: '81 00', code: 'ERR_WS_FRAGMENT_ORDER', at: 0, field: 'opcode', unfinished: 'binary' },
  { bytes: '88 01 03', code: 'ERR_WS_CLOSE_PAYLOAD', at: 2, field: 'payload' },
  { bytes: '88 02 03 ed', code: 'ERR_WS_CLOSE_CODE', at: 2, field: 'code' },
  { bytes: '88 04 03 e8 c0 af', code: 'ERR_WS_INVALID_UTF8', at: 4, field: 'reason' },
  { bytes: '81 04 61 62 c0 af', code: 'ERR_WS_INVALID_UTF8', at: 4, field: 'payload' },
  { bytes: '81 02 61 c3', code: 'ERR_WS_INVALID_UTF8', at: 4, field: 'payload' },
  { bytes: '01 09 61 ff', code: 'ERR_WS_INVALID_UTF8', at: 3, field: 'payload' },
  {
    bytes: '82 06',
    code: 'ERR_WS_MESSAGE_TOO_BIG',
    at: 1,
    field: 'length',
    payloadLimitBytes: 5,
  },
] as const;

for (const { bytes, code, at, field, ...options } of broken) {
  test(`${code} is shown in the field ${field} of ${bytes}`, () => {
    const { verdict, rows } = traceFrame(hex(bytes), options);
    assert.equal(verdict.kind, 'broken');
    assert.deepEqual([verdict.code, verdict.byteOffset], [code, at]);
    const marked = rows.filter((row) => row.verdict === code);
    assert.deepEqual(
      marked.map(({ name }) => name),
      [field],
    );
  });
}

test('§5.4 a text in fragments may be cut within a character', () => {
  assert.equal(traceFrame(hex('01 02 61 c3')).verdict.kind, 'ok');
});

test('§9 an extension may own RSV1; what is compressed is not judged as text', () => {
  const trace = traceFrame(hex('c1 01 ff'), { extensionBits: 0b0100_0000 });
  assert.deepEqual([trace.verdict.kind, trace.payloadKind], ['ok', 'compressed']);
  assert.equal(traceFrame(hex('c9 00'), { extensionBits: 0b0100_0000 }).verdict.kind, 'broken');
});

/** A frame that is mostly right: random fields, and perhaps one byte that is not what it was. */
function nearlyValid(random: SeededRandom): Buffer {
  const opcode = random.pick([...Object.values(Opcode), Opcode.text, Opcode.binary]);
  const control = opcode >= Opcode.close;
  const length = random.below(random.pick([4, 60, control ? 126 : 300]));
  const text = Buffer.from('é字😀aé字😀a'.repeat(40)).subarray(0, length);
  const payload = random.below(2) === 0 ? text : random.bytes(length);
  if (opcode === Opcode.close && payload.length > 1) payload.writeUInt16BE(1000);
  const fin = control || random.below(3) > 0;
  const masking = random.below(2) === 0 ? {} : { maskingKey: random.uint32() };
  const frame = encodeFrame({ opcode, payload, fin, ...masking });
  if (random.below(2) === 0) frame[random.below(Math.min(frame.length, 12))] = random.uint32();
  return frame.subarray(0, random.below(5) === 0 ? random.below(frame.length + 1) : frame.length);
}

function parserCode(bytes: Buffer, options: { expectMasked: boolean; extensionBits: number }) {
  const parser = new FrameParser(options);
  parser.payloadLimitBytes = Infinity;
  parser.push(Buffer.from(bytes));
  let step = parser.next();
  while (step === ParserStep.header || (step === ParserStep.payload && !parser.frameComplete)) {
    step = parser.next();
  }
  if (step === ParserStep.invalid) return parser.error?.code;
  return step === ParserStep.needMore ? 'incomplete' : 'ok';
}

test('random and mutated frames get the verdict of FrameParser', (t) => {
  const random = seededRandom(t);
  // What only the message knows, and not the frame.
  const later = /ERR_WS_(FRAGMENT_ORDER|INVALID_UTF8|CLOSE_PAYLOAD|CLOSE_CODE)/;
  for (let round = 0; round < 20_000; round++) {
    const bytes = random.below(4) === 0 ? random.bytes(random.below(20)) : nearlyValid(random);
    const sender = random.pick<Role>(['client', 'server']);
    const extensionBits = random.pick([0, 0b0100_0000, 0b0111_0000]);
    const { verdict } = traceFrame(bytes, { sender, extensionBits });
    const got = verdict.kind === 'broken' ? verdict.code : verdict.kind;
    const want = parserCode(bytes, { expectMasked: sender === 'client', extensionBits });
    if (later.test(got)) assert.match(String(want), /^(ok|incomplete)$/);
    else assert.equal(got, want, bytes.toString('hex'));
  }
});

test('and that of the connection', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 20_000; round++) {
    const bytes = nearlyValid(random);
    const sender = random.pick<Role>(['client', 'server']);
    const options: TraceOptions = { sender, payloadLimitBytes: 1024 * 1024 };
    const { verdict } = traceFrame(bytes, options);
    const { protocol, events } = recordProtocol({
      role: sender === 'client' ? 'server' : 'client',
    });
    const trace = traceFrame(bytes, options);
    protocol.receive(Buffer.from(bytes.subarray(0, trace.bytesRead)));
    const code = /\bERR_WS_\w+/.exec(events.join(' '))?.[0];
    assert.equal(verdict.kind === 'broken' ? verdict.code : undefined, code, bytes.toString('hex'));
    assert.ok(formatTrace(trace).startsWith('byte 0: '));
  }
});

test('every prefix of a frame is incomplete and says what is missing', () => {
  const frame = hex('81 fe 00 7e 01 02 03 04');
  const whole = Buffer.concat([
    frame,
    Buffer.from('a'.repeat(126)).map((byte, i) => byte ^ ((i % 4) + 1)),
  ]);
  assert.equal(traceFrame(whole).verdict.kind, 'ok');
  for (let length = 0; length < whole.length; length++) {
    const { verdict, bytesRead } = traceFrame(whole.subarray(0, length));
    assert.equal(verdict.kind, 'incomplete');
    assert.ok(verdict.missingBytes <= whole.length - length);
    assert.equal(bytesRead, length);
  }
});

test('what a payload is follows from the header', () => {
  const kindOf = (bytes: string) => {
    const header = traceHeader(hex(bytes), { unfinished: 'text', extensionBits: 0b0100_0000 });
    return [payloadKind(header, 'text'), beginsMessage(header)];
  };
  assert.deepEqual(kindOf('81 00'), ['text', true]);
  assert.deepEqual(kindOf('82 00'), ['binary', true]);
  assert.deepEqual(kindOf('c2 00'), ['compressed', true]);
  assert.deepEqual(kindOf('80 00'), ['text', false]);
  assert.deepEqual(kindOf('88 00'), ['control', false]);
});

test('arguments of the wrong kind are named', () => {
  assert.throws(
    () => traceFrame('81 00' as unknown as Buffer),
    /^TypeError: bytes must be a Uint8/,
  );
  assert.throws(() => checkTraceOptions({ sender: 'peer' as Role }), /sender must be .* got peer/);
  assert.throws(() => traceFrame(hex(''), { extensionBits: 128 }), /^RangeError: extensionBits/);
});
