import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { PreparedMessage, WebSocketProtocol } from '../../src/websocket/index.ts';
import { encodeClosePayload } from '../../src/websocket/close-frame.ts';
import { toBytes } from '../../src/websocket/sendable.ts';
import { hex } from '../../testing/splits.ts';

const views = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** 64 bytes, each of which tells where it lies. */
function fill<T extends ArrayBufferLike>(memory: T): T {
  new Uint8Array(memory).forEach((_, i, bytes) => void (bytes[i] = 0xc0 + i));
  return memory;
}

const memories = {
  ArrayBuffer: () => new ArrayBuffer(64),
  SharedArrayBuffer: () => new SharedArrayBuffer(64),
};

for (const [name, make] of Object.entries(memories)) {
  test(`§5.6 every view of an ${name} gives the bytes that it shows`, () => {
    const memory = fill(make()) as ArrayBuffer;
    const all = Buffer.from(memory);
    for (const View of views) {
      for (const offset of [0, View.BYTES_PER_ELEMENT, 2 * View.BYTES_PER_ELEMENT]) {
        for (const count of [0, 1, 3]) {
          const view = new View(memory, offset, count);
          const want = all.subarray(offset, offset + count * View.BYTES_PER_ELEMENT);
          assert.deepEqual(Buffer.from(toBytes(view)), Buffer.from(want), View.name);
        }
      }
    }
    for (const offset of [0, 1, 3, 7, 63, 64]) {
      const want = Buffer.from(all.subarray(offset, 64));
      const view = new DataView(memory, offset);
      assert.deepEqual(Buffer.from(toBytes(view)), want, `DataView at ${offset}`);
      assert.deepEqual(Buffer.from(toBytes(new Uint8Array(memory, offset))), want);
      assert.deepEqual(Buffer.from(new PreparedMessage(view).payload), want);
    }
    assert.deepEqual(Buffer.from(toBytes(memory)), Buffer.from(all));
    assert.equal(toBytes(memory).buffer, memory, 'not copied');
  });
}

test('text is UTF-8; a Buffer is itself', () => {
  assert.deepEqual(toBytes('é'), hex('c3 a9'));
  assert.deepEqual(toBytes(''), Buffer.alloc(0));
  const buffer = Buffer.from('same');
  assert.equal(toBytes(buffer), buffer);
});

test('memory of another realm is memory', () => {
  for (const code of ['memory', 'new Uint8Array(memory)', 'new DataView(memory)']) {
    const data: unknown = runInNewContext(`const memory = new ArrayBuffer(3); ${code}`);
    assert.deepEqual(Buffer.from(toBytes(data)), Buffer.alloc(3), code);
  }
});

const refused: [unknown, string][] = [
  [50, 'number 50'],
  [NaN, 'number NaN'],
  [true, 'boolean true'],
  [null, 'null'],
  [undefined, 'undefined'],
  [[1, 2, 3], 'an Array'],
  [{}, 'object'],
  [{ length: 50 }, 'object'],
  [{ [Symbol.toStringTag]: 'ArrayBuffer', length: 50 }, 'object'],
  [() => {}, 'function'],
  [Symbol('x'), 'symbol'],
  [10n, 'bigint'],
  [new Date(), 'object'],
  [new Blob(['x']), 'object'],
];

for (const [value, what] of refused) {
  const tag = Object.prototype.toString.call(value);
  test(`refuses ${what}, ${tag}`, () => {
    const wanted = (error: Error) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /^(data|reason) must be a string, an ArrayBuffer, /);
      assert.ok(error.message.endsWith(`, got ${what}`), error.message);
      return true;
    };
    assert.throws(() => toBytes(value), wanted);
    assert.throws(() => new PreparedMessage(value as string), wanted);
    if (value !== undefined) assert.throws(() => encodeClosePayload(1000, value as string), wanted);
    const sink = {} as ConstructorParameters<typeof WebSocketProtocol>[0];
    const protocol = new WebSocketProtocol(sink, { role: 'server' });
    assert.throws(() => protocol.sendBinary(value as Uint8Array), wanted);
    assert.throws(() => protocol.sendText(value as Uint8Array), wanted);
  });
}

test('§5.5.1 a close reason in any form of bytes is those bytes', () => {
  const reason = new Uint16Array([0x6968]);
  for (const form of [reason, new DataView(reason.buffer)]) {
    assert.deepEqual(encodeClosePayload(1000, form as never), hex('03 e8 68 69'));
  }
});
