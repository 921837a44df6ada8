import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limiter } from '../../../src/websocket/deflate/limiter.ts';
import { WorkQueue } from '../../../src/websocket/deflate/work-queue.ts';

test('§7.2.1 jobs begin in order, one at a time', () => {
  const begun: number[] = [];
  const queue = new WorkQueue<number>(new Limiter(9), (job) => begun.push(job));
  for (let job = 1; job <= 1000; job++) queue.add(job);
  assert.deepEqual([begun, queue.length, queue.active, queue.last], [[1], 1000, 1, 1000]);
  for (let job = 1; job <= 999; job++) queue.finish();
  queue.add(1001);
  assert.deepEqual([queue.length, queue.active, queue.last], [2, 1000, 1001]);
  queue.finish();
  queue.finish();
  assert.deepEqual([queue.length, queue.active, queue.last], [0, undefined, undefined]);
  assert.deepEqual(begun, [...Array(1001).keys()].map((job) => job + 1));
});

test('connections take turns, however many messages one of them has', () => {
  const begun: string[] = [];
  const limiter = new Limiter(1);
  const queues = ['a', 'b', 'c'].map(
    () => new WorkQueue<string>(limiter, (job) => void begun.push(job)),
  );
  for (const job of ['a1', 'a2', 'a3', 'a4']) queues[0]!.add(job);
  queues[1]!.add('b1');
  queues[1]!.add('b2');
  queues[2]!.add('c1');
  for (let turn = 0; turn < 7; turn++) {
    queues.find((queue) => queue.active !== undefined)?.finish();
  }
  assert.deepEqual(begun, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('a queue that closes, at work or in the line, leaves its place to others', () => {
  const begun: string[] = [];
  const limiter = new Limiter(1);
  const [a, b, c] = [1, 2, 3].map(
    () => new WorkQueue<string>(limiter, (job) => void begun.push(job)),
  );
  a!.add('a1');
  a!.add('a2');
  b!.add('b1');
  c!.add('c1');
  b!.close();
  a!.close();
  assert.deepEqual(begun, ['a1', 'c1']);
  assert.deepEqual([a!.length, a!.active], [0, undefined]);
  c!.close();
  c!.close();
  c!.add('c2');
  assert.deepEqual(begun, ['a1', 'c1']);
  assert.deepEqual([limiter.running, limiter.waiting, c!.length], [0, 0, 0]);
});

test('a queue may close while a job begins', () => {
  const limiter = new Limiter(1);
  const queue: WorkQueue<string> = new WorkQueue(limiter, () => queue.close());
  queue.add('a');
  assert.deepEqual([limiter.running, limiter.waiting, queue.length], [0, 0, 0]);
});
