import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PingTimes } from '../../src/cli/ping-times.ts';

test('§5.5.3 a pong answers the ping that carried the same', () => {
  const pings = new PingTimes();
  assert.equal(pings.sent(undefined, 10), '1');
  assert.equal(pings.sent('mine', 20), 'mine');
  assert.equal(pings.sent(undefined, 30), '2');
  assert.equal(pings.answered('1', 15), 5);
  assert.equal(pings.answered('mine', 25), 5);
  assert.equal(pings.answered('2', 37.5), 7.5);
});

test('§5.5.3 a pong for the latest of several pings answers those before it', () => {
  const pings = new PingTimes();
  pings.sent('a', 0);
  pings.sent('b', 1);
  assert.equal(pings.answered('b', 4), 3);
  assert.equal(pings.answered('a', 5), undefined);
});

test('§5.5.3 a pong that nobody asked for has no time', () => {
  const pings = new PingTimes();
  assert.equal(pings.answered('x', 1), undefined);
  pings.sent('x', 1);
  pings.forget();
  assert.equal(pings.answered('x', 2), undefined);
});
