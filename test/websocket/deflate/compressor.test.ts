import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { constants, createDeflateRaw, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { DeflateRaw } from 'node:zlib';
import { compressOnce, Compressor, flushTail } from '../../../src/websocket/deflate/compressor.ts';
import type { CompressorOptions } from '../../../src/websocket/deflate/compressor.ts';
import { Limiter } from '../../../src/websocket/deflate/limiter.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import type { SeededRandom } from '../../../testing/seeded-random.ts';
import { hex } from '../../../testing/splits.ts';
import { testWith } from '../../../testing/tools.ts';

function compressorOf(options: Partial<CompressorOptions> = {}): Compressor {
  return new Compressor({
    windowBits: 15,
    contextTakeover: true,
    zlibOptions: undefined,
    limiter: new Limiter(10),
    ...options,
  });
}

function compress(compressor: Compressor, data: string | Uint8Array, fin = true): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    compressor.compress(Buffer.from(data), fin, (error, compressed) =>
      error === undefined ? resolve(compressed) : reject(error),
    );
  });
}

/** Plain zlib on payloads joined, each with the tail put back: the judge. */
function inflateAll(payloads: readonly Buffer[]): Buffer {
  const joined = Buffer.concat(payloads.flatMap((payload) => [payload, flushTail]));
  return inflateRawSync(joined, { finishFlush: constants.Z_SYNC_FLUSH });
}

/** Text that repeats itself from near and from far, so that every window is made use of. */
function wordy(random: SeededRandom, length: number): Buffer {
  const words = Array.from({ length: 400 }, () => random.bytes(1 + random.below(9)));
  const parts: Buffer[] = [];
  for (let bytes = 0; bytes < length; ) {
    const part = random.below(4) === 0 ? random.bytes(3) : random.pick(words);
    parts.push(part);
    bytes += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

test('§7.2.3.1 and §7.2.3.2 the printed examples: "Hello", and again, referring back', async () => {
  const compressor = compressorOf();
  assert.deepEqual(await compress(compressor, 'Hello'), hex('f2 48 cd c9 c9 07 00'));
  assert.deepEqual(await compress(compressor, 'Hello'), hex('f2 00 11 00 00'));
  compressor.close();
  const forgetful = compressorOf({ contextTakeover: false });
  assert.deepEqual(await compress(forgetful, 'Hello'), hex('f2 48 cd c9 c9 07 00'));
  assert.deepEqual(await compress(forgetful, 'Hello'), hex('f2 48 cd c9 c9 07 00'));
  forgetful.close();
});

test('§7.2.3.3 the printed example: a block without compression', async () => {
  const compressor = compressorOf({ zlibOptions: { level: 0 } });
  const stored = await compress(compressor, 'Hello');
  // zlib closes its block before the flush, so that an empty one follows, less the tail.
  assert.deepEqual(stored, hex('00 05 00 fa ff 48 65 6c 6c 6f 00'));
  assert.equal(inflateAll([stored]).toString(), 'Hello');
  compressor.close();
});

test('§7.2.3.6 an empty message is one byte, wherever it stands', async () => {
  for (const contextTakeover of [true, false]) {
    const compressor = compressorOf({ contextTakeover });
    const payloads: Buffer[] = [];
    for (const text of ['', '', 'a', '', '', 'ab']) {
      payloads.push(await compress(compressor, text));
      if (text === '') assert.deepEqual(payloads.at(-1), hex('00'));
    }
    if (contextTakeover) assert.equal(inflateAll(payloads).toString(), 'aab');
    compressor.close();
  }
  assert.deepEqual(compressOnce(Buffer.alloc(0), 15), hex('00'));
});

test('§7.2.1 only the last fragment of a message is without its tail', async () => {
  const compressor = compressorOf();
  const parts = [
    await compress(compressor, 'Hel', false),
    await compress(compressor, '', false),
    await compress(compressor, 'lo', false),
    await compress(compressor, '', true),
  ];
  assert.deepEqual(parts[0]!.subarray(-4), flushTail);
  assert.equal(parts[1]!.length, 0);
  assert.deepEqual(parts[3], hex('00'));
  assert.equal(inflateAll([Buffer.concat(parts)]).toString(), 'Hello');
  compressor.close();
});

test('§7.1.2 every window: no match reaches further back than agreed, 8 included', async (t) => {
  const random = seededRandom(t);
  const data = wordy(random, 100_000);
  for (let windowBits = 8; windowBits <= 15; windowBits++) {
    for (const level of [1, 3, 6, 9]) {
      const compressor = compressorOf({ windowBits, zlibOptions: { level } });
      const payload = await compress(compressor, data);
      compressor.close();
      // Output in small pieces, so that whatever is referred to must come out of the window.
      const inflate = createInflateRaw({ windowBits, chunkSize: 64 });
      const chunks: Buffer[] = [];
      inflate.on('data', (chunk: Buffer) => chunks.push(chunk));
      await new Promise<void>((resolve, reject) => {
        inflate.on('error', reject);
        inflate.write(Buffer.concat([payload, flushTail]), () => resolve());
      });
      inflate.close();
      assert.ok(Buffer.concat(chunks).equals(data), `${windowBits} bits, level ${level}`);
      assert.ok(payload.length < data.length);
    }
  }
});

testWith(['python3-websockets'], '§7.1.2 Python inflates every window, byte by byte', async (t) => {
  const random = seededRandom(t);
  const data = wordy(random, 20_000);
  const program = [
    'import sys, zlib',
    'for line in sys.stdin:',
    '    bits, text = line.split()',
    '    d = zlib.decompressobj(-int(bits))',
    '    data = bytes.fromhex(text)',
    '    print(b"".join(d.decompress(data[i:i+1]) for i in range(len(data))).hex())',
  ].join('\n');
  let input = '';
  for (let bits = 8; bits <= 15; bits++) {
    const compressor = compressorOf({ windowBits: bits });
    const halves = [data.subarray(0, 9000), data.subarray(9000)];
    for (const [at, half] of halves.entries()) {
      const payload = await compress(compressor, half);
      input += at === 0 ? `${bits} ` : '';
      input += Buffer.concat([payload, flushTail]).toString('hex');
    }
    input += '\n';
    compressor.close();
  }
  const python = spawnSync('/usr/bin/python3', ['-c', program], { input, encoding: 'utf8' });
  assert.equal(python.stderr, '');
  const lines = python.stdout.trim().split('\n');
  assert.equal(lines.length, 8);
  for (const line of lines) assert.equal(line, data.toString('hex'));
});

test('§7.2.1 messages and fragments of all kinds come back, in order', async (t) => {
  const random = seededRandom(t);
  for (const contextTakeover of [true, false]) {
    const compressor = compressorOf({ contextTakeover, windowBits: 8 + random.below(8) });
    const wanted: Buffer[] = [];
    const messages: Buffer[][] = [];
    const done: number[] = [];
    for (let message = 0; message < 60; message++) {
      const parts = Array.from({ length: 1 + random.below(4) }, () => {
        const length = random.pick([0, 1, 5, 125, 1000, 40_000]);
        return random.below(2) === 0 ? random.bytes(length) : wordy(random, length);
      });
      wanted.push(Buffer.concat(parts));
      const payloads: Buffer[] = [];
      messages.push(payloads);
      for (const [at, part] of parts.entries()) {
        compressor.compress(part, at === parts.length - 1, (error, compressed) => {
          assert.equal(error, undefined);
          payloads.push(compressed);
          if (payloads.length === parts.length) done.push(message);
        });
      }
    }
    await compress(compressor, 'the last');
    assert.deepEqual(done, [...wanted.keys()]);
    assert.equal(compressor.pending, 0);
    const payloads = messages.map((parts) => Buffer.concat(parts));
    if (contextTakeover) {
      assert.ok(inflateAll(payloads).equals(Buffer.concat(wanted)));
    } else {
      // Each by itself: nothing refers to the messages before.
      for (const [at, payload] of payloads.entries()) {
        assert.ok(inflateAll([payload]).equals(wanted[at]!), `message ${at}`);
      }
    }
    compressor.close();
  }
});

test('a callback is never called before compress returns', async () => {
  const compressor = compressorOf();
  let returned = false;
  const called = new Promise<void>((resolve) => {
    compressor.compress(Buffer.alloc(0), true, () => {
      assert.ok(returned);
      resolve();
    });
  });
  returned = true;
  await called;
  compressor.close();
});

test('without takeover nothing is held between messages; with it until the end', async () => {
  const forgetful = compressorOf({ contextTakeover: false });
  assert.equal(forgetful.contextBytes, 0);
  const fragment = compress(forgetful, 'a', false);
  assert.equal(forgetful.contextBytes > 0, true);
  await fragment;
  assert.equal(forgetful.contextBytes > 0, true, 'in the middle of a message');
  await compress(forgetful, 'b');
  assert.equal(forgetful.contextBytes, 0);
  const keeping = compressorOf();
  await compress(keeping, 'a');
  assert.equal(keeping.contextBytes > 0, true);
  keeping.close();
  assert.equal(keeping.contextBytes, 0);
});

test('forget: one compressed for all goes between messages that share a window', async () => {
  const compressor = compressorOf();
  const shared = compressOnce(Buffer.from('said to all'), 15);
  const payloads = [await compress(compressor, 'Hello, hello')];
  payloads.push(shared);
  compressor.forget();
  assert.equal(compressor.contextBytes, 0);
  payloads.push(await compress(compressor, 'Hello, hello'));
  // And while messages are on their way: behind the last of them.
  const two = [compress(compressor, 'Hello, hello'), compress(compressor, 'said to me')];
  compressor.forget();
  const three = compress(compressor, 'Hello, hello');
  payloads.push(...(await Promise.all(two)), shared, await three);
  assert.equal(
    inflateAll(payloads).toString(),
    'Hello, hello' + 'said to all' + 'Hello, hello'.repeat(2) + 'said to me' +
      'said to all' + 'Hello, hello',
  );
  compressor.close();
});

test('close: no callback comes any more, and others get the place', async () => {
  const limiter = new Limiter(1);
  const closing = compressorOf({ limiter });
  const other = compressorOf({ limiter });
  const never = () => assert.fail('called after close');
  closing.compress(Buffer.alloc(1_000_000), true, never);
  closing.compress(Buffer.from('waits'), true, never);
  const others = compress(other, 'Hello');
  closing.close();
  closing.close();
  closing.compress(Buffer.from('too late'), true, never);
  closing.forget();
  assert.deepEqual(await others, hex('f2 48 cd c9 c9 07 00'));
  assert.deepEqual([closing.pending, limiter.running, limiter.waiting], [0, 0, 0]);
  other.close();
});

test('close within a callback: those behind are not called', async () => {
  const limiter = new Limiter(1);
  const compressor = compressorOf({ limiter });
  await new Promise<void>((resolve) => {
    compressor.compress(Buffer.from('a'), true, () => {
      compressor.close();
      resolve();
    });
    compressor.compress(Buffer.from('b'), true, () => assert.fail('called after close'));
  });
  await compress(compressorOf({ limiter }), 'another');
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('200 compressors that open, work and close in the middle free it all', async (t) => {
  const limiter = new Limiter(10);
  const closes = t.mock.method(Object.getPrototypeOf(createDeflateRaw()) as DeflateRaw, 'close');
  const all = Array.from({ length: 200 }, () => compressorOf({ limiter }));
  await Promise.all(all.map((compressor) => compress(compressor, 'Hello')));
  for (const compressor of all) {
    compressor.compress(Buffer.alloc(100_000), true, () => assert.fail('called after close'));
  }
  assert.equal(closes.mock.callCount(), 0);
  for (const compressor of all) compressor.close();
  assert.equal(new Set(closes.mock.calls.map((call) => call.this)).size, 200);
  assert.ok(all.every((compressor) => compressor.contextBytes === 0));
  // Those that were at work end with what they had in hand; this one is behind them all.
  await compress(compressorOf({ limiter, contextTakeover: false }), Buffer.alloc(200_000));
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('compressOnce: what refers to nothing, in every window', (t) => {
  const random = seededRandom(t);
  for (let bits = 8; bits <= 15; bits++) {
    for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
      const data = wordy(random, length);
      assert.ok(inflateAll([compressOnce(data, bits)]).equals(data), `${bits} bits, ${length}`);
    }
  }
  const fast = compressOnce(wordy(random, 50_000), 15, { level: 1 });
  assert.ok(inflateAll([fast]).length === 50_000);
});
