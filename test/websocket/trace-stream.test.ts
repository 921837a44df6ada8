import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, Opcode, StreamTracer } from '../../src/websocket/index.ts';
import type { StreamFrame, StreamTracerOptions } from '../../src/websocket/index.ts';
import { recordProtocol } from '../../testing/protocol-recorder.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import type { SeededRandom } from '../../testing/seeded-random.ts';
import { arrivals, hex } from '../../testing/splits.ts';

function read(chunks: readonly Buffer[], options: StreamTracerOptions = {}) {
  const tracer = new StreamTracer(options);
  const frames = chunks.flatMap((chunk) => tracer.push(chunk));
  return { tracer, frames };
}

function say({ trace, message }: StreamFrame): string {
  const { byteOffset, verdict, payload, payloadKind } = trace;
  const what = verdict.kind === 'broken' ? `${verdict.code}@${verdict.byteOffset}` : verdict.kind;
  const whole = message && ` = ${message.kind} of ${message.frames}: ${message.payload}`;
  return `${byteOffset} ${payloadKind ?? ''} ${payload.toString('latin1')} ${what}${whole ?? ''}`;
}

const streams = [
  {
    name: '§5.7 fragments with a ping between',
    bytes: '01 03 48 65 6c 89 01 3f 80 02 6c 6f',
    want: ['0 text Hel ok', '5 control ? ok', '8 text lo ok = text of 2: Hello'],
  },
  {
    name: '§5.7 masked text, twice',
    bytes: '81 85 37 fa 21 3d 7f 9f 4d 51 58 82 81 00 00 00 00 41',
    want: ['0 text Hello ok = text of 1: Hello', '11 binary A ok = binary of 1: A'],
  },
  {
    name: '§5.2 empty frames, the last at the end of the bytes',
    bytes: '01 00 00 00 80 00',
    want: ['0 text  ok', '2 text  ok', '4 text  ok = text of 3: '],
  },
  {
    name: '§8.1 a character cut in two between fragments',
    bytes: '01 01 c3 80 01 a9',
    want: ['0 text Ã ok', '3 text © ok = text of 2: é'],
  },
  {
    name: '§8.1 a character that is never finished',
    bytes: '01 01 c3 80 00',
    want: ['0 text Ã ok', '3 text  ERR_WS_INVALID_UTF8@5'],
  },
  {
    name: '§5.1 a mask bit that changes',
    bytes: '81 00 81 80',
    want: ['0 text  ok = text of 1: ', '2   ERR_WS_MASK_FORBIDDEN@3'],
  },
  {
    name: '§5.4 a message within a message',
    bytes: '01 00 81 00',
    want: ['0 text  ok', '2   ERR_WS_FRAGMENT_ORDER@2'],
  },
  {
    name: '§5.5.1 a bad close reason',
    bytes: '88 04 03 e8 61 ff',
    want: ['0 control \x03èaÿ ERR_WS_INVALID_UTF8@4'],
  },
];

for (const { name, bytes, want } of streams) {
  test(`${name}, in every split`, () => {
    for (const { name: split, chunks } of arrivals(hex(bytes))) {
      const { frames, tracer } = read(chunks);
      assert.deepEqual(frames.map(say), want, split);
      assert.equal(tracer.unfinishedFrame(), undefined, split);
      assert.equal(tracer.rest, undefined, split);
    }
  });
}

test('§8.1 a bad byte in the last fragment has its place in the stream, in every split', () => {
  for (const { name: split, chunks } of arrivals(hex('01 01 61 80 04 62 63 ff 64'))) {
    const { frames } = read(chunks);
    const verdict = frames[1]?.trace.verdict;
    assert.equal(verdict?.kind, 'broken', split);
    assert.deepEqual([verdict.code, verdict.byteOffset], ['ERR_WS_INVALID_UTF8', 7], split);
  }
});

test('§5.5.1 what follows a close frame is counted and broken', () => {
  for (const { name: split, chunks } of arrivals(hex('88 00 81 01 61'))) {
    const { frames, tracer } = read(chunks);
    assert.equal(frames.length, 1, split);
    assert.equal(tracer.closed, true);
    const { byteOffset, bytes, rule } = tracer.rest ?? {};
    assert.deepEqual([byteOffset, bytes, rule?.code], [2, 3, 'ERR_WS_AFTER_CLOSE'], split);
  }
});

test('what follows a broken frame is counted, and not judged', () => {
  for (const { name: split, chunks } of arrivals(hex('81 01 61 83 00 81 01 61'))) {
    const { tracer } = read(chunks);
    assert.equal(tracer.failed, true);
    assert.deepEqual(tracer.rest, { byteOffset: 5, bytes: 3, rule: undefined }, split);
  }
});

test('a stream that ends within a frame', () => {
  const at = (bytes: string) => {
    const trace = read([hex(bytes)]).tracer.unfinishedFrame();
    return trace && [trace.byteOffset, trace.bytesRead, trace.verdict];
  };
  assert.equal(at('81 00'), undefined);
  assert.deepEqual(at('81 00 81'), [2, 1, { kind: 'incomplete', missingBytes: 1 }]);
  assert.deepEqual(at('81 00 81 03 61'), [2, 3, { kind: 'incomplete', missingBytes: 2 }]);
  assert.deepEqual(at('81 7e 01'), [0, 3, { kind: 'incomplete', missingBytes: 1 }]);
});

test('a message that has not ended is known', () => {
  assert.equal(read([hex('01 00')]).tracer.unfinishedMessage, 'text');
  assert.equal(read([hex('02 00 80 00')]).tracer.unfinishedMessage, undefined);
});

test('§9 compressed messages are handed out whole, and not judged as text', () => {
  const { frames } = read([hex('41 01 ff 80 01 fe')], { extensionBits: 0b0100_0000 });
  assert.deepEqual(
    frames.map(({ trace }) => trace.payloadKind),
    ['compressed', 'compressed'],
  );
  const { compressed, bytes, payload } = frames[1]?.message ?? {};
  assert.deepEqual([compressed, bytes, payload], [true, 2, hex('ff fe')]);
});

test('of long frames and messages only the beginning is kept', () => {
  const frame = encodeFrame({
    opcode: Opcode.text,
    payload: Buffer.alloc(100_000, 'ab'),
    fin: false,
  });
  const chunks = Array.from({ length: 40 }, () => frame);
  chunks.forEach((chunk, index) => index > 0 && (chunks[index] = Buffer.from(chunk)));
  for (const chunk of chunks.slice(1)) chunk[0] = 0;
  const { frames } = read([...chunks, hex('80 00')], { keptBytes: 1000 });
  const message = frames.at(-1)?.message;
  assert.deepEqual(
    [message?.bytes, message?.frames, message?.payload.length],
    [4_000_000, 41, 1000],
  );
  assert.ok(frames.every(({ trace }) => trace.payload.length <= 1000));
  assert.equal(frames[0]?.trace.bytesRead, frame.length);
});

test('arguments of the wrong kind are named', () => {
  assert.throws(() => new StreamTracer({ extensionBits: 1 }), /extensionBits must be bits/);
});

/** A conversation that is mostly right, from a client. */
function nearlyValidStream(random: SeededRandom): Buffer {
  const frames: Buffer[] = [];
  let fragmented = false;
  for (let count = 1 + random.below(6); count > 0; count--) {
    const control = random.below(3) === 0;
    const fin = control || random.below(2) === 0;
    const text = Buffer.from('é字😀aé字😀a'.repeat(9)).subarray(0, random.below(100));
    const first = random.pick<Opcode>([Opcode.text, Opcode.binary]);
    const opcode = control ? Opcode.ping : fragmented ? Opcode.continuation : first;
    if (!control) fragmented = !fin;
    frames.push(encodeFrame({ opcode, payload: text, fin, maskingKey: random.uint32() }));
  }
  if (random.below(3) === 0) {
    frames.push(encodeFrame({ opcode: Opcode.close, payload: hex('03 e8'), maskingKey: 7 }));
  }
  const stream = Buffer.concat(frames);
  if (random.below(3) === 0) stream[random.below(stream.length)] = random.uint32();
  return stream;
}

test('random streams in random splits: the messages and errors of the connection', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 3000; round++) {
    const stream = nearlyValidStream(random);
    const { protocol, events } = recordProtocol({ role: 'server' });
    protocol.receive(Buffer.from(stream));
    const tracer = new StreamTracer({ sender: 'client' });
    const seen: string[] = [];
    for (let at = 0; at < stream.length;) {
      const end = at + 1 + random.below(30);
      for (const { trace, message } of tracer.push(stream.subarray(at, end))) {
        const { verdict, payload, header } = trace;
        const code = header?.opcode;
        if (verdict.kind === 'broken') seen.push(`closed 1006 ${verdict.code}`);
        else if (code === Opcode.ping) seen.push(`ping ${payload}`);
        else if (code === Opcode.pong) seen.push(`pong ${payload}`);
        if (message === undefined) continue;
        const encoding = message.kind === 'text' ? 'utf8' : 'hex';
        seen.push(`${message.kind} ${message.payload.toString(encoding)}`);
      }
      at = end;
    }
    const wanted = events.filter((event) => event !== 'end' && !event.endsWith('clean'));
    assert.deepEqual(seen, wanted, stream.toString('hex'));
  }
});
