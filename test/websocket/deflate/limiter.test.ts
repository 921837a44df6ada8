import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limiter, zlibLimiter } from '../../../src/websocket/deflate/limiter.ts';

/** Workers that note their start. */
function workers(started: string[], ...names: string[]) {
  return names.map((name) => ({ start: () => void started.push(name) }));
}

test('the limiter of the process lets ten work, and none is left over', () => {
  assert.equal(zlibLimiter.limit, 10);
  assert.deepEqual([zlibLimiter.running, zlibLimiter.waiting], [0, 0]);
});

test('so many work, the others wait in order of arrival', () => {
  const started: string[] = [];
  const limiter = new Limiter(2);
  const [a, b, c, d, e] = workers(started, 'a', 'b', 'c', 'd', 'e');
  for (const worker of [a!, b!, c!, d!, e!]) limiter.enter(worker);
  assert.deepEqual(started, ['a', 'b']);
  assert.deepEqual([limiter.running, limiter.waiting], [2, 3]);
  limiter.leave(b!);
  assert.deepEqual(started, ['a', 'b', 'c']);
  limiter.leave(a!);
  limiter.leave(c!);
  assert.deepEqual(started, ['a', 'b', 'c', 'd', 'e']);
  limiter.leave(d!);
  limiter.leave(e!);
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('who leaves the line is not started, and nobody loses a place by it', () => {
  const started: string[] = [];
  const limiter = new Limiter(1);
  const [a, b, c] = workers(started, 'a', 'b', 'c');
  for (const worker of [a!, b!, c!]) limiter.enter(worker);
  limiter.leave(b!);
  limiter.leave(b!);
  assert.deepEqual(started, ['a']);
  limiter.leave(a!);
  limiter.leave(a!);
  assert.deepEqual(started, ['a', 'c']);
  assert.deepEqual([limiter.running, limiter.waiting], [1, 0]);
});

test('to enter twice is to enter once', () => {
  const started: string[] = [];
  const limiter = new Limiter(1);
  const [a, b] = workers(started, 'a', 'b');
  limiter.enter(a!);
  limiter.enter(a!);
  limiter.enter(b!);
  limiter.enter(b!);
  assert.deepEqual([limiter.running, limiter.waiting], [1, 1]);
  limiter.leave(a!);
  limiter.leave(b!);
  assert.deepEqual(started, ['a', 'b']);
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('a worker may leave, or bring others, while it starts', () => {
  const started: string[] = [];
  const limiter = new Limiter(1);
  const [after] = workers(started, 'after');
  const brief = {
    start: () => {
      started.push('brief');
      limiter.enter(after!);
      limiter.leave(brief);
    },
  };
  limiter.enter(brief);
  assert.deepEqual(started, ['brief', 'after']);
  assert.equal(limiter.running, 1);
});

test('a higher limit lets in those who wait, a lower one waits until enough have left', () => {
  const started: string[] = [];
  const limiter = new Limiter(1);
  const all = workers(started, 'a', 'b', 'c', 'd');
  for (const worker of all) limiter.enter(worker);
  limiter.limit = 3;
  assert.deepEqual(started, ['a', 'b', 'c']);
  limiter.limit = 1;
  limiter.leave(all[0]!);
  limiter.leave(all[1]!);
  assert.deepEqual(started, ['a', 'b', 'c']);
  limiter.leave(all[2]!);
  assert.deepEqual(started, ['a', 'b', 'c', 'd']);
});
