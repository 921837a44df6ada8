import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBudget, MemoryBudget } from '../../src/websocket/index.ts';
import { memoryBudgetDefaults, memoryBudgetReached } from '../../src/websocket/memory-budget.ts';

test('bytes are taken while there are any, and given back', () => {
  const budget = new MemoryBudget(10);
  assert.equal(budget.take(10), true);
  assert.equal(budget.take(1), false);
  assert.equal(budget.take(0), true);
  budget.give(4);
  assert.deepEqual([budget.usedBytes, budget.freeBytes], [6, 4]);
  budget.charge(5);
  assert.deepEqual([budget.usedBytes, budget.freeBytes], [11, 0], 'charged all the same');
  budget.give(11);
  assert.equal(budget.usedBytes, 0);
});

test('what several hold is charged once, until the last lets go', () => {
  const budget = new MemoryBudget(100);
  const shared = {};
  budget.hold(shared, 60);
  budget.hold(shared, 60);
  assert.deepEqual([budget.usedBytes, budget.isHeld(shared)], [60, true]);
  budget.letGo(shared);
  assert.equal(budget.usedBytes, 60);
  budget.letGo(shared);
  budget.letGo(shared);
  assert.deepEqual([budget.usedBytes, budget.isHeld(shared)], [0, false]);
});

test('a lower bound takes nothing away, and refuses what is new', () => {
  const budget = new MemoryBudget(Infinity);
  assert.equal(budget.take(2 ** 40), true);
  budget.maxBytes = 1000;
  assert.deepEqual([budget.usedBytes, budget.freeBytes, budget.take(1)], [2 ** 40, 0, false]);
  budget.give(2 ** 40);
  assert.equal(budget.take(1000), true);
});

test('a bound is a number from 0; that of the process is 1 GiB', () => {
  assert.equal(memoryBudget.maxBytes, 1024 ** 3);
  assert.equal(memoryBudgetDefaults.maxBytes, 1024 ** 3);
  for (const wrong of [-1, NaN, '5', null, 5n] as unknown as number[]) {
    const want = new RangeError(`maxBytes must be a number from 0, got ${String(wrong)}`);
    assert.throws(() => (memoryBudget.maxBytes = wrong), want);
    assert.throws(() => new MemoryBudget(wrong), want);
  }
  assert.equal(memoryBudget.maxBytes, 1024 ** 3);
});

test('§7.4.1 the peer is told to try again later, in words that fit a close frame', () => {
  const error = memoryBudgetReached();
  assert.equal(error.code, 'ERR_WS_MEMORY_BUDGET');
  assert.equal(error.closeCode, 1013);
  assert.ok(Buffer.byteLength(error.message) <= 123);
  assert.ok(error.likelyCauses.length > 0);
});
