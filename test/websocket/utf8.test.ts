import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { Utf8Validator } from '../../src/websocket/utf8.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { arrivals, hex } from '../../testing/splits.ts';

/** Feeds the chunks; the index of the byte after which a mistake was reported, -1 if none was. */
function feed(chunks: readonly Buffer[]): { failedAfter: number; complete: boolean } {
  const validator = new Utf8Validator();
  let seen = 0;
  for (const chunk of chunks) {
    seen += chunk.length;
    if (!validator.push(chunk)) return { failedAfter: seen, complete: false };
  }
  return { failedAfter: -1, complete: validator.complete };
}

const cases = [
  { name: 'ascii', bytes: '48 65 6c 6c 6f', valid: true },
  {
    name: 'two, three and four bytes',
    bytes: 'c2 80 df bf e0 a0 80 ef bf bf f0 90 80 80',
    valid: true,
  },
  { name: 'the highest code point', bytes: 'f4 8f bf bf', valid: true },
  { name: 'around the surrogates', bytes: 'ed 9f bf ee 80 80', valid: true },
  { name: 'overlong slash c0 af', bytes: 'c0 af', valid: false },
  { name: 'overlong e0 9f', bytes: 'e0 9f bf', valid: false },
  { name: 'overlong f0 8f', bytes: 'f0 8f bf bf', valid: false },
  { name: 'a surrogate', bytes: 'ed a0 80', valid: false },
  { name: 'above U+10FFFF', bytes: 'f4 90 80 80', valid: false },
  { name: 'f5 begins nothing', bytes: 'f5 80 80 80', valid: false },
  { name: 'a continuation alone', bytes: '80', valid: false },
  { name: 'a lead instead of a continuation', bytes: 'e2 82 c3', valid: false },
  { name: 'cut short', bytes: 'e2 82', valid: false },
];

for (const { name, bytes, valid } of cases) {
  test(`§8.1 ${name}: ${valid ? 'valid' : 'invalid'}, in every split`, () => {
    assert.equal(isUtf8(hex(bytes)), valid);
    for (const arrival of arrivals(hex(bytes))) {
      const { failedAfter, complete } = feed(arrival.chunks);
      assert.equal(failedAfter === -1 && complete, valid, arrival.name);
    }
  });
}

test('§8.1 all two-byte and sampled longer sequences agree with Node', (t) => {
  const random = seededRandom(t);
  for (let i = 0; i < 65536; i++) {
    const bytes = Buffer.from([i >> 8, i & 0xff]);
    const validator = new Utf8Validator();
    // Byte by byte, so that Node's own check does not decide.
    const valid = [...bytes].every((byte) => validator.push(Buffer.from([byte])));
    assert.equal(valid && validator.complete, isUtf8(bytes), bytes.toString('hex'));
  }
  for (let i = 0; i < 20_000; i++) {
    const bytes = random.bytes(2 + random.below(4));
    bytes[0] = 0xe0 | (bytes[0]! & 0x1f);
    for (let j = 1; j < bytes.length; j++) bytes[j] = 0x80 | (bytes[j]! & 0x7f);
    const half = random.below(bytes.length);
    const { failedAfter, complete } = feed([bytes.subarray(0, half), bytes.subarray(half)]);
    assert.equal(failedAfter === -1 && complete, isUtf8(bytes), bytes.toString('hex'));
  }
});

test('§8.1 fails at the very byte that no text can have there', () => {
  const bytes = [...hex('48 c3 a9 f0 9f 98 ff 48')].map((byte) => Buffer.from([byte]));
  assert.equal(feed(bytes).failedAfter, 7);
});

test('§8.1 reset begins a new text', () => {
  const validator = new Utf8Validator();
  assert.equal(validator.push(hex('e2 82')), true);
  assert.equal(validator.complete, false);
  validator.reset();
  assert.equal(validator.push(hex('48')) && validator.complete, true);
});
