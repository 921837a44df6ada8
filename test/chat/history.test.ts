import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../src/chat/history.ts';

const utterance = { room: 'r', from: 'ann', text: 'hi', at: '2026-01-02T03:04:05.678Z' };

test('counts from 1, also past what it remembers', () => {
  const history = new History(50);
  assert.equal(history.lastOffset, 0);
  for (let offset = 1; offset <= 120; offset++) {
    assert.deepEqual(history.append(utterance), { type: 'message', offset, ...utterance });
    const kept = history.messages().map((message) => message.offset);
    const first = Math.max(1, offset - 49);
    assert.deepEqual(kept, Array.from({ length: offset - first + 1 }, (_, i) => first + i));
  }
  assert.equal(history.lastOffset, 120);
});

test('hands out a copy', () => {
  const history = new History(2);
  history.append(utterance);
  history.messages().pop();
  assert.equal(history.messages().length, 1);
});
