import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib';
import type { InflateRaw } from 'node:zlib';
import { compressOnce, Compressor } from '../../../src/websocket/deflate/compressor.ts';
import { Decompressor, maxFinalBlocks } from '../../../src/websocket/deflate/decompressor.ts';
import type { DecompressorOptions } from '../../../src/websocket/deflate/decompressor.ts';
import { Limiter } from '../../../src/websocket/deflate/limiter.ts';
import { MemoryBudget } from '../../../src/websocket/memory-budget.ts';
import { WebSocketError } from '../../../src/websocket/websocket-error.ts';
import { seededRandom } from '../../../testing/seeded-random.ts';
import { hex } from '../../../testing/splits.ts';
import { testWith } from '../../../testing/tools.ts';

const plenty = 1024 * 1024;

function decompressorOf(options: Partial<DecompressorOptions> = {}): Decompressor {
  return new Decompressor({
    windowBits: 15,
    contextTakeover: true,
    zlibOptions: undefined,
    limiter: new Limiter(10),
    ...options,
  });
}

function inflate(decompressor: Decompressor, data: Uint8Array, max = plenty): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    decompressor.decompress(data, max, (error, inflated) => {
      if (error === undefined) return resolve(inflated);
      assert.equal(inflated.length, 0);
      reject(error);
    });
  });
}

const examples = [
  { name: '§7.2.3.1 one block', payloads: ['f2 48 cd c9 c9 07 00'] },
  { name: '§7.2.3.2 the window shared', payloads: ['f2 48 cd c9 c9 07 00', 'f2 00 11 00 00'] },
  { name: '§7.2.3.3 without compression', payloads: ['00 05 00 fa ff 48 65 6c 6c 6f 00'] },
  { name: '§7.2.3.4 a final block', payloads: ['f3 48 cd c9 c9 07 00 00'] },
  { name: '§7.2.3.5 two blocks', payloads: ['f2 48 05 00 00 00 ff ff ca c9 c9 07 00'] },
];

for (const { name, payloads } of examples) {
  test(`${name}: the printed example is "Hello"`, async () => {
    for (const contextTakeover of [true, payloads.length > 1]) {
      const decompressor = decompressorOf({ contextTakeover });
      for (const payload of payloads) {
        assert.equal((await inflate(decompressor, hex(payload))).toString(), 'Hello');
      }
      // And the next message, whatever the last one ended with.
      assert.equal((await inflate(decompressor, hex('f2 48 cd c9 c9 07 00'))).toString(), 'Hello');
      decompressor.close();
    }
  });
}

test('§7.2.3.6 an empty message', async () => {
  const decompressor = decompressorOf();
  for (let round = 0; round < 3; round++) {
    assert.equal((await inflate(decompressor, hex('00'))).length, 0);
  }
  assert.equal((await inflate(decompressor, hex('f2 48 cd c9 c9 07 00'))).toString(), 'Hello');
  decompressor.close();
});

test('§7.2.3.4 final blocks anywhere in a message, with an empty block behind or not', async () => {
  const final = 'f3 48 cd c9 c9 07 00';
  const table: [string, string][] = [
    [final, 'Hello'],
    [`${final} 00`, 'Hello'],
    [`${final} ${final} 00`, 'HelloHello'],
    [`${final} f2 48 cd c9 c9 07 00`, 'HelloHello'],
    [`f2 48 cd c9 c9 07 00 00 00 ff ff ${final} 00`, 'HelloHello'],
    // The tail is what a final stored block is made of.
    ['01', ''],
    [`f2 48 cd c9 c9 07 00 00 00 ff ff 01`, 'Hello'],
    ['03 00 00', ''],
  ];
  for (const contextTakeover of [true, false]) {
    const decompressor = decompressorOf({ contextTakeover });
    for (const [payload, want] of [...table, ...table]) {
      assert.equal((await inflate(decompressor, hex(payload))).toString(), want, payload);
    }
    decompressor.close();
  }
});

test('§7.2.3.4 so many final blocks, and no more: each costs an inflater', async () => {
  const blocks = (count: number) => hex('03 00'.repeat(count) + '00');
  const decompressor = decompressorOf();
  assert.equal((await inflate(decompressor, blocks(maxFinalBlocks))).length, 0);
  await assert.rejects(inflate(decompressor, blocks(maxFinalBlocks + 1)), {
    code: 'ERR_WS_INFLATE',
    closeCode: 1007,
  });
});

test('§7.2.2 data that do not inflate: ERR_WS_INFLATE, 1007, and nothing is held', async () => {
  for (const bad of ['ff', '07 00', '00 05 00 00 00', 'f2 48 cd c9 c9 07 00 00 00 ff ff ff ff']) {
    const limiter = new Limiter(1);
    const decompressor = decompressorOf({ limiter });
    const first = inflate(decompressor, hex(bad));
    decompressor.decompress(hex('00'), plenty, () => assert.fail('called after an error'));
    await assert.rejects(first, (error: unknown) => {
      assert.ok(error instanceof WebSocketError);
      assert.deepEqual(
        [error.code, error.closeCode, error.section],
        ['ERR_WS_INFLATE', 1007, 'RFC 7692 §7.2.2'],
      );
      assert.ok(error.cause instanceof Error && error.likelyCauses.length > 0);
      assert.ok(Buffer.byteLength(error.message) <= 123, 'it fits into a close frame');
      return true;
    });
    assert.deepEqual([decompressor.pending, decompressor.contextBytes], [0, 0]);
    assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
  }
});

test('§7.1.1 a reference to a message that was to be forgotten does not inflate', async () => {
  const decompressor = decompressorOf({ contextTakeover: false });
  await inflate(decompressor, hex('f2 48 cd c9 c9 07 00'));
  await assert.rejects(inflate(decompressor, hex('f2 00 11 00 00')), { code: 'ERR_WS_INFLATE' });
});

test('§7.1.1 nor does one where more wait, so that the inflater is used again', async () => {
  const decompressor = decompressorOf({ contextTakeover: false });
  const first = inflate(decompressor, hex('f2 48 cd c9 c9 07 00'));
  await Promise.all([
    first,
    assert.rejects(inflate(decompressor, hex('f2 00 11 00 00')), { code: 'ERR_WS_INFLATE' }),
  ]);
});

test('the limit: what is allowed, and not a byte more; ERR_WS_MESSAGE_TOO_BIG, 1009', async () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
    const payload = compressOnce(Buffer.alloc(length, 'ab'), 15);
    const decompressor = decompressorOf();
    assert.equal((await inflate(decompressor, payload, length)).length, length);
    assert.equal((await inflate(decompressor, payload, Infinity)).length, length);
    if (length > 0) {
      await assert.rejects(inflate(decompressor, payload, length - 1), (error: unknown) => {
        assert.ok(error instanceof WebSocketError);
        assert.deepEqual([error.code, error.closeCode], ['ERR_WS_MESSAGE_TOO_BIG', 1009]);
        assert.ok(Buffer.byteLength(error.message) <= 123, 'it fits into a close frame');
        return true;
      });
      assert.deepEqual([decompressor.pending, decompressor.contextBytes], [0, 0]);
    }
    decompressor.close();
  }
});

test('a bomb of 64 KiB that would be 64 MiB is stopped at the limit', async () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), {
    level: 9,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  assert.ok(bomb.length < 66_000);
  const limiter = new Limiter(10);
  const all = Array.from({ length: 10 }, () => decompressorOf({ limiter }));
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  await Promise.all(
    all.map((decompressor) =>
      assert.rejects(inflate(decompressor, bomb.subarray(0, -4)), () => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        return true;
      }),
    ),
  );
  // Ten at once, each with 1 MiB at most and the bomb itself; uncollected garbage on top.
  assert.ok(most < 40 * 1024 * 1024, `${most} bytes`);
});

test('a bomb in final blocks, and one over several messages, is stopped too', async () => {
  const big = deflateRawSync(Buffer.alloc(600_000));
  await assert.rejects(inflate(decompressorOf(), Buffer.concat([big, big])), {
    code: 'ERR_WS_MESSAGE_TOO_BIG',
  });
  const decompressor = decompressorOf();
  const deflate = createDeflateRaw({ flush: constants.Z_SYNC_FLUSH });
  const chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  const payloads: Buffer[] = [];
  for (const length of [plenty, plenty, plenty + 1]) {
    await new Promise<void>((resolve) => deflate.write(Buffer.alloc(length), () => resolve()));
    payloads.push(Buffer.concat(chunks.splice(0)).subarray(0, -4));
  }
  deflate.close();
  assert.equal((await inflate(decompressor, payloads[0]!)).length, plenty);
  assert.equal((await inflate(decompressor, payloads[1]!)).length, plenty);
  await assert.rejects(inflate(decompressor, payloads[2]!), { code: 'ERR_WS_MESSAGE_TOO_BIG' });
});

test('what our compressor makes comes back: windows, takeover, sizes, many at once', async (t) => {
  const random = seededRandom(t);
  const limiter = new Limiter(3);
  const runs: Promise<void>[] = [];
  for (let windowBits = 8; windowBits <= 15; windowBits++) {
    for (const contextTakeover of [true, false]) {
      const direction = { windowBits, contextTakeover, limiter, zlibOptions: undefined };
      const compressor = new Compressor(direction);
      const decompressor = new Decompressor(direction);
      const words = Array.from({ length: 50 }, () => random.bytes(1 + random.below(40)));
      const messages = Array.from({ length: 30 }, () =>
        Buffer.concat(Array.from({ length: random.below(400) }, () => random.pick(words))),
      );
      const got: Buffer[] = [];
      const end = new Promise<void>((resolve) => {
        for (const message of messages) {
          compressor.compress(message, true, (_, compressed) => {
            decompressor.decompress(compressed, plenty, (error, inflated) => {
              assert.equal(error, undefined);
              if (got.push(inflated) === messages.length) resolve();
            });
          });
        }
      });
      const check = () => {
        assert.ok(Buffer.concat(got).equals(Buffer.concat(messages)));
        assert.deepEqual(got.map(({ length }) => length), messages.map(({ length }) => length));
        assert.equal(decompressor.contextBytes > 0, contextTakeover);
        compressor.close();
        decompressor.close();
      };
      runs.push(end.then(check));
    }
  }
  await Promise.all(runs);
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

testWith(['python3-websockets'], '§7.2.1 what Python compresses inflates', async (t) => {
  const random = seededRandom(t);
  const words = Array.from({ length: 300 }, () => random.bytes(1 + random.below(9)));
  const data = Buffer.concat(Array.from({ length: 4000 }, () => random.pick(words)));
  const program = [
    'import sys, zlib',
    'data = sys.stdin.buffer.read()',
    'for bits in range(8, 16):',
    '    c = zlib.compressobj(wbits=-max(bits, 9))',
    '    for part in (data[:5000], data[5000:]):',
    '        out = c.compress(part) + c.flush(zlib.Z_SYNC_FLUSH)',
    '        print(bits, out[:-4].hex())',
  ].join('\n');
  const python = spawnSync('/usr/bin/python3', ['-c', program], { input: data });
  assert.equal(python.stderr.toString(), '');
  const lines = python.stdout.toString().trim().split('\n');
  assert.equal(lines.length, 16);
  for (let bits = 8; bits <= 15; bits++) {
    const decompressor = decompressorOf({ windowBits: bits });
    const mine = lines.filter((line) => line.startsWith(`${bits} `));
    const parts = [];
    for (const line of mine) {
      parts.push(await inflate(decompressor, hex(line.slice(line.indexOf(' ')))));
    }
    assert.ok(Buffer.concat(parts).equals(data), `${bits} bits`);
    decompressor.close();
  }
});

test('garbage inflates or is a documented error, never anything else', async (t) => {
  const random = seededRandom(t);
  const limiter = new Limiter(4);
  for (let round = 0; round < 300; round++) {
    const decompressor = decompressorOf({ limiter, contextTakeover: random.below(2) === 0 });
    const bytes = random.bytes(random.below(300));
    if (round % 2 === 0) compressOnce(Buffer.from('some words, some words'), 15).copy(bytes);
    await inflate(decompressor, bytes, 10_000).then(
      (data) => assert.ok(data.length <= 10_000),
      (error: unknown) => {
        assert.ok(error instanceof WebSocketError);
        assert.ok(['ERR_WS_INFLATE', 'ERR_WS_MESSAGE_TOO_BIG'].includes(error.code));
      },
    );
    decompressor.close();
  }
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('close: no callback comes any more, in the middle and within a callback', async () => {
  const limiter = new Limiter(1);
  const never = () => assert.fail('called after close');
  const closing = decompressorOf({ limiter });
  closing.decompress(compressOnce(Buffer.alloc(plenty), 15), plenty, never);
  closing.decompress(hex('00'), plenty, never);
  closing.close();
  closing.close();
  closing.decompress(hex('00'), plenty, never);
  const within = decompressorOf({ limiter });
  await new Promise<void>((resolve) => {
    within.decompress(hex('00'), plenty, () => {
      within.close();
      resolve();
    });
    within.decompress(hex('00'), plenty, never);
  });
  const last = decompressorOf({ limiter });
  assert.equal((await inflate(last, hex('f2 48 cd c9 c9 07 00'))).toString(), 'Hello');
  last.close();
  assert.deepEqual([limiter.running, limiter.waiting, closing.pending], [0, 0, 0]);
});

test('200 decompressors that open, work and close in the middle free it all', async (t) => {
  const limiter = new Limiter(10);
  const closes = t.mock.method(Object.getPrototypeOf(createInflateRaw()) as InflateRaw, 'close');
  const all = Array.from({ length: 200 }, () => decompressorOf({ limiter }));
  await Promise.all(all.map((one) => inflate(one, hex('f2 48 cd c9 c9 07 00'))));
  const large = compressOnce(Buffer.alloc(plenty), 15);
  for (const one of all) one.decompress(large, plenty, () => assert.fail('called after close'));
  assert.equal(closes.mock.callCount(), 0);
  for (const one of all) one.close();
  assert.equal(new Set(closes.mock.calls.map((call) => call.this)).size, 200);
  assert.ok(all.every((one) => one.contextBytes === 0));
  await inflate(decompressorOf({ limiter, contextTakeover: false }), large);
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('data that change after decompress do not matter: they were copied', async () => {
  const decompressor = decompressorOf();
  const data = hex('f2 48 cd c9 c9 07 00');
  const inflated = inflate(decompressor, data);
  data.fill(0xff);
  assert.equal((await inflated).toString(), 'Hello');
  decompressor.close();
});

test('§7.4.1 what comes out is charged while it is unfinished; without room for it, 1013', async () => {
  const compressed = compressOnce(Buffer.alloc(500_000), 15);
  const budget = new MemoryBudget(600_000);
  const decompressor = decompressorOf({ budget });
  assert.equal((await inflate(decompressor, compressed)).length, 500_000);
  assert.equal(budget.usedBytes, 0);
  budget.charge(300_000);
  await assert.rejects(inflate(decompressor, compressed), {
    code: 'ERR_WS_MEMORY_BUDGET',
    closeCode: 1013,
  });
  assert.equal(decompressor.outputBytes, 0);
  assert.equal(budget.usedBytes, 300_000, 'what others hold');
});
