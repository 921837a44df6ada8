import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameOutput } from '../../src/websocket/output.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

function put(output: FrameOutput, bytes: Buffer): void {
  output.reserve(bytes.length + 3).set(bytes);
  output.commit(bytes.length);
}

test('small frames of one turn leave in one segment', () => {
  const output = new FrameOutput();
  put(output, Buffer.from('one '));
  put(output, Buffer.from('two'));
  assert.equal(output.pendingBytes, 7);
  const segments = output.take();
  assert.equal(segments.length, 1);
  assert.equal(segments[0]?.toString(), 'one two');
  assert.equal(output.pendingBytes, 0);
  assert.deepEqual(output.take(), []);
});

test('a shared frame keeps its place and is not copied', () => {
  const output = new FrameOutput();
  const shared = Buffer.from('shared ');
  put(output, Buffer.from('before '));
  output.forward(shared);
  put(output, Buffer.from('after'));
  const segments = output.take();
  assert.equal(Buffer.concat(segments).toString(), 'before shared after');
  assert.equal(segments[1], shared);
});

test('what was taken is never touched again, whatever the sizes', (t) => {
  const random = seededRandom(t);
  const output = new FrameOutput();
  const wanted: Buffer[] = [];
  const got: Buffer[] = [];
  for (let i = 0; i < 2000; i++) {
    const bytes = random.bytes(random.below(random.pick([10, 300, 5000, 70_000])));
    if (random.below(5) === 0) output.forward(bytes);
    else put(output, bytes);
    wanted.push(Buffer.from(bytes));
    if (random.below(4) === 0) got.push(...output.take());
  }
  got.push(...output.take());
  assert.ok(Buffer.concat(got).equals(Buffer.concat(wanted)));
});
