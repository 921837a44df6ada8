/**
 * Fuzz targets: permessage-deflate - what is agreed on, and what goes through zlib.
 *
 * Spec      RFC 7692 §5, §7.1, §7.2; RFC 6455 §7.4.1 1007, 1009
 * Next      targets.ts
 * Left out  frames and their order, which connection-target.ts and sending-target.ts try with a toy
 *
 * What one side compresses the other inflates, in order, whatever was agreed on; what was damaged
 * on its way gives bytes within the limit or a documented error, once, and nothing behind it.
 */
import assert from 'node:assert/strict';
import { constants, inflateRawSync } from 'node:zlib';
import { WebSocketError } from '../../src/websocket/index.ts';
import { compressOnce, Compressor, flushTail } from '../../src/websocket/deflate/compressor.ts';
import { Decompressor, maxFinalBlocks } from '../../src/websocket/deflate/decompressor.ts';
import { Limiter } from '../../src/websocket/deflate/limiter.ts';
import { SeededRandom } from '../seeded-random.ts';
import { mutateBytes, mutateList } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

type Message = {
  /** How many bytes, and after how many they repeat; 1 is one byte over and over. */
  size: number;
  period: number;
  /** Into how many fragments it is cut. */
  fragments: number;
  /** Compressed apart from the others, as a message for many is. */
  shared: boolean;
};

type DeflateInput = {
  windowBits: number;
  contextTakeover: boolean;
  level: number;
  places: number;
  messages: Message[];
  /** Seeds of the damage done to each message in turn; 0 for none. */
  damage: number[];
  maxBytes: number;
  /** Behind so many messages the connection is closed; 0 for never. */
  closeAfter: number;
};

type InflateInput = { bytes: string; windowBits: number; maxBytes: number };

/** The same for all messages of one period, so that they do refer to each other. */
function contentOf({ size, period }: Message): Buffer {
  const unit = new SeededRandom(period).bytes(Math.max(1, period));
  return Buffer.alloc(size, unit);
}

/** The payload of each message, as it would lie in its frames. */
async function compressAll(input: DeflateInput, limiter: Limiter): Promise<Buffer[]> {
  const { windowBits, contextTakeover, level } = input;
  const zlibOptions = { level };
  const compressor = new Compressor({ windowBits, contextTakeover, zlibOptions, limiter });
  const order: number[] = [];
  const payloads = input.messages.map((message, index): Promise<Buffer> => {
    const content = contentOf(message);
    if (message.shared) {
      compressor.forget();
      return Promise.resolve(compressOnce(content, windowBits, zlibOptions));
    }
    const pieces = Math.max(1, message.fragments);
    const length = Math.ceil(content.length / pieces);
    const parts = Array.from({ length: pieces }, (_, part) => {
      const piece = content.subarray(part * length, (part + 1) * length);
      return new Promise<Buffer>((resolve, reject) => {
        compressor.compress(piece, part === pieces - 1, (error, compressed) => {
          order.push(index);
          if (error) reject(error);
          else resolve(compressed);
        });
      });
    });
    return Promise.all(parts).then((done) => Buffer.concat(done));
  });
  const all = await Promise.all(payloads);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'compressed in order',
  );
  assert.equal(compressor.pending, 0);
  if (!contextTakeover)
    assert.ok(compressor.contextBytes === 0, 'no memory is kept without takeover');
  compressor.close();
  assert.ok(compressor.contextBytes === 0, 'a closed compressor holds no memory');
  return all;
}

async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
}

/** What became of each message: its bytes, an error, or nothing behind an error. */
async function inflateAll(
  payloads: readonly Buffer[],
  options: Omit<DeflateInput, 'level' | 'places' | 'messages' | 'damage'>,
  limiter: Limiter,
): Promise<(Buffer | WebSocketError)[]> {
  const { windowBits, contextTakeover, maxBytes, closeAfter } = options;
  const zlibOptions = undefined;
  const decompressor = new Decompressor({ windowBits, contextTakeover, zlibOptions, limiter });
  const results: (Buffer | WebSocketError)[] = [];
  await new Promise<void>((resolve) => {
    if (payloads.length === 0) resolve();
    payloads.forEach((payload, index) => {
      decompressor.decompress(Buffer.from(payload), maxBytes, (error, data) => {
        assert.equal(results.length, index, 'inflated in order');
        assert.ok(!(results.at(-1) instanceof Error), 'nothing follows an error');
        if (error) {
          assert.ok(error instanceof WebSocketError, 'the error is one of the protocol');
          results.push(error);
        } else {
          assert.ok(data.length <= maxBytes, 'no message is larger than allowed');
          results.push(data);
        }
        const isLast = results.length === payloads.length || results.length === closeAfter;
        if (results.length === closeAfter) decompressor.close();
        if (error || isLast) resolve();
      });
    });
  });
  // What zlib had begun is done by then, and must not be told any more.
  if (closeAfter > 0) await turns(3);
  assert.ok(closeAfter === 0 || results.length <= closeAfter, 'nothing comes after the end');
  if (!contextTakeover)
    assert.ok(decompressor.contextBytes === 0, 'no memory is kept without takeover');
  decompressor.close();
  assert.ok(decompressor.contextBytes === 0, 'a closed decompressor holds no memory');
  assert.equal(limiter.running + limiter.waiting, 0, 'all places are given back');
  return results;
}

function checkError(error: WebSocketError): string {
  assert.match(error.section, /^RFC (6455|7692) §\d/);
  const codes: Record<string, number> = { ERR_WS_INFLATE: 1007, ERR_WS_MESSAGE_TOO_BIG: 1009 };
  assert.equal(error.closeCode, codes[error.code], 'close code fits the error');
  return error.code;
}

/** Messages through both halves. */
export const deflateTarget: FuzzTarget<DeflateInput> = {
  name: 'deflate',
  about: 'Compressor and Decompressor: all that was agreed on, fragments, shared, damaged messages',
  create(random, known) {
    const some = (): Message => ({
      size: random.pick([0, 1, 2, 10, 250, 258, 300, 1000, 5000, random.below(70_000)]),
      period: random.pick([1, 2, 7, 250, 251, 256, 257, 512, 1000, 40_000]),
      fragments: random.below(3) === 0 ? random.below(4) : 1,
      shared: random.below(8) === 0,
    });
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known) : undefined;
    const messages = base
      ? mutateList(random, base.messages, some)
      : Array.from({ length: random.below(6) }, some);
    return {
      windowBits: 8 + random.below(8),
      contextTakeover: random.below(2) === 0,
      level: random.pick([-1, 0, 1, 6, 9]),
      places: 1 + random.below(2),
      messages: messages.slice(0, 8),
      damage: random.below(3) === 0 ? [0, random.uint32(), random.below(2)] : [],
      maxBytes: random.below(6) === 0 ? random.pick([0, 1, 1000, 16384, 16385]) : 1 << 20,
      closeAfter: random.below(8) === 0 ? 1 + random.below(3) : 0,
    };
  },
  async check(input) {
    const limiter = new Limiter(Math.max(1, input.places));
    const payloads = await compressAll(input, limiter);
    const sent = payloads.map((payload, index) => {
      const seed = input.damage[index] ?? 0;
      if (seed === 0) return payload;
      const other = payloads[(index + 1) % payloads.length]!;
      return mutateBytes(new SeededRandom(seed), payload, other);
    });
    const results = await inflateAll(sent, input, limiter);
    let errors = '';
    for (const [index, result] of results.entries()) {
      // Behind the first damage anything may have happened to the context.
      const isIntact = input.damage.slice(0, index + 1).every((seed) => seed === 0);
      const content = contentOf(input.messages[index]!);
      if (result instanceof WebSocketError) {
        errors = checkError(result);
        const isTooBig = errors === 'ERR_WS_MESSAGE_TOO_BIG' && content.length > input.maxBytes;
        assert.ok(!isIntact || isTooBig, `message ${index} of ${content.length} bytes: ${errors}`);
      } else if (isIntact) {
        assert.ok(result.equals(content), `message ${index} is inflated to what was sent`);
      }
    }
    const shapes = input.messages.map(({ size, shared, fragments }) =>
      [Math.min(2, size), shared, Math.min(2, fragments)].join(''),
    );
    return `${input.windowBits} ${input.contextTakeover} ${errors} ${shapes.slice(0, 2).join()}`;
  },
};

/** What zlib makes of the same bytes, a call for each final block; undefined if it does not. */
function judge(bytes: Buffer, windowBits: number): Buffer | undefined {
  let rest: Buffer = Buffer.concat([bytes, flushTail]);
  const parts: Buffer[] = [];
  const options = { windowBits, finishFlush: constants.Z_SYNC_FLUSH, info: true };
  try {
    do {
      // With `info` the answer is an object; the types do not know.
      const answer = inflateRawSync(rest, options) as unknown as {
        buffer: Buffer;
        engine: { bytesWritten: number };
      };
      parts.push(answer.buffer);
      rest = rest.subarray(answer.engine.bytesWritten);
    } while (rest.length > flushTail.length && parts.length <= maxFinalBlocks);
    return rest.length > flushTail.length ? undefined : Buffer.concat(parts);
  } catch {
    return undefined;
  }
}

const compressed = [
  'f248cdc9c90700',
  '00',
  'f348cdc9c90700',
  'f348cdc9c9070000',
  'aa86822a00',
  '000500faff48656c6c6f00',
  '0300',
];

/** Bytes that nobody compressed. */
export const inflateTarget: FuzzTarget<InflateInput> = {
  name: 'inflate',
  about: 'Decompressor: any bytes at all, against zlib in one call',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known).bytes : undefined;
    const bytes = Buffer.from(base ?? random.pick(compressed), 'hex');
    const other = Buffer.from(random.pick(compressed), 'hex');
    return {
      bytes: mutateBytes(random, bytes, other).subarray(0, 2000).toString('hex'),
      windowBits: 8 + random.below(8),
      maxBytes: random.below(4) === 0 ? random.below(20) : 1 << 20,
    };
  },
  async check({ bytes: digits, windowBits, maxBytes }) {
    const bytes = Buffer.from(digits, 'hex');
    const options = { windowBits, maxBytes, contextTakeover: true, closeAfter: 0 };
    const [result] = await inflateAll([bytes], options, new Limiter(1));
    const want = judge(bytes, windowBits);
    assert.ok(result);
    if (result instanceof WebSocketError) {
      const code = checkError(result);
      if (code === 'ERR_WS_INFLATE') assert.equal(want, undefined, 'zlib inflates it');
      else assert.ok(want === undefined || want.length > maxBytes, 'it is not too big');
      return code;
    }
    assert.ok(want, 'zlib does not inflate it');
    assert.ok(result.equals(want), 'zlib inflates it to other bytes');
    return `${Math.min(9, result.length)}`;
  },
};
