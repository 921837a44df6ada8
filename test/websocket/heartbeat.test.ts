import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from '../../src/websocket/heartbeat.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const intervalMs = 25_000;
const timeoutMs = 20_000;

function pong(beat: Heartbeat, nowMs: number): boolean {
  return beat.pong(Buffer.from(beat.pingPayload), nowMs);
}

test('§5.5.2 a ping after the interval, dead after the timeout, not a millisecond sooner', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 1000);
  assert.equal(beat.dueMs, 26_000);
  assert.equal(beat.decide(25_999), 'wait');
  assert.equal(beat.decide(26_000), 'ping');
  assert.equal(beat.dueMs, 46_000);
  assert.equal(beat.decide(45_999), 'wait');
  assert.equal(beat.decide(46_000), 'wait', 'what arrived meanwhile is read first');
  assert.equal(beat.dueMs, 46_001);
  assert.equal(beat.decide(46_001), 'dead');
});

test('any byte is life: the next ping comes an interval after the last', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 0);
  assert.equal(beat.decide(25_000), 'ping');
  beat.heard = true;
  assert.equal(beat.decide(45_000), 'wait');
  assert.equal(beat.dueMs, 50_000);
  assert.equal(beat.decide(50_000), 'ping');
  assert.equal(beat.heard, false, 'what was heard before the ping proves nothing');
  beat.decide(70_000);
  beat.heard = true;
  assert.equal(beat.decide(70_001), 'wait', 'a byte at the last moment counts');
});

test('an interval shorter than the timeout is kept', () => {
  const beat = new Heartbeat(1000, 5000, 0);
  for (const nowMs of [1000, 2000, 3000]) {
    assert.equal(beat.dueMs, nowMs);
    assert.equal(beat.decide(nowMs), 'ping');
    beat.heard = true;
  }
  assert.equal(beat.decide(4000), 'ping');
  assert.equal(beat.decide(5000), 'wait');
  assert.equal(beat.dueMs, 9000);
  beat.decide(9000);
  assert.equal(beat.decide(9001), 'dead');
});

test('while we do not read, deadlines stand still', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 0);
  beat.hold(10_000);
  assert.equal(beat.decide(25_000), 'wait');
  assert.ok(beat.dueMs > 25_000);
  beat.hold(30_000);
  beat.release(110_000);
  beat.release(120_000);
  assert.equal(beat.dueMs, 125_000);
  assert.equal(beat.decide(125_000), 'ping');
  beat.hold(126_000);
  for (let nowMs = 126_000; nowMs < 1_000_000; nowMs = beat.dueMs) {
    assert.equal(beat.decide(nowMs), 'wait');
  }
  beat.release(1_000_000);
  assert.equal(beat.dueMs, 1_019_000);
  assert.equal(beat.decide(1_019_000), 'wait');
  assert.equal(beat.decide(1_019_001), 'dead');
});

test('after a hold, what arrived meanwhile is read before a verdict', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 0);
  beat.decide(25_000);
  assert.equal(beat.decide(45_000), 'wait');
  beat.hold(45_000);
  beat.release(45_050);
  assert.equal(beat.decide(45_060), 'wait');
  assert.equal(beat.decide(45_061), 'dead');
});

test('a stall of 30 seconds kills nobody: the deadline moves on by as much', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 0);
  assert.equal(beat.decide(25_000), 'ping');
  assert.equal(beat.decide(75_000), 'wait');
  assert.equal(beat.dueMs, 105_000);
  beat.heard = true;
  assert.equal(beat.decide(105_000), 'ping');
  const silent = new Heartbeat(intervalMs, timeoutMs, 0);
  silent.decide(25_000);
  silent.decide(75_000);
  assert.equal(silent.decide(105_000), 'wait');
  assert.equal(silent.decide(105_001), 'dead');
});

test('a late ping moves its deadline as well', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 0);
  assert.equal(beat.decide(90_000), 'ping');
  assert.equal(beat.dueMs, 110_000);
});

test('a process that is always late still finds a silent peer dead', () => {
  const beat = new Heartbeat(1000, 2000, 0);
  let nowMs = 0;
  let looks = 0;
  for (let decision = 'wait'; decision !== 'dead'; looks++) {
    assert.ok(looks < 100);
    nowMs = beat.dueMs + 150;
    decision = beat.decide(nowMs);
  }
  assert.ok(nowMs < 10_000, `${nowMs} ms`);
});

test('the round trip is that of the last ping, and only its pong is ours, once', () => {
  const beat = new Heartbeat(intervalMs, timeoutMs, 0);
  assert.equal(beat.roundTripTimeMs, undefined);
  assert.equal(pong(beat, 1), false, 'nothing was asked');
  beat.decide(25_000);
  const first = Buffer.from(beat.pingPayload);
  assert.equal(beat.pong(Buffer.alloc(0), 25_001), false);
  assert.equal(beat.pong(Buffer.from('else'), 25_001), false);
  assert.equal(beat.pong(Buffer.concat([first, first]), 25_001), false);
  assert.equal(beat.roundTripTimeMs, undefined);
  assert.equal(pong(beat, 25_040), true);
  assert.equal(beat.roundTripTimeMs, 40);
  assert.equal(pong(beat, 25_050), false, 'the same again is not an answer to us');
  beat.heard = true;
  beat.decide(45_000);
  assert.equal(beat.decide(50_000), 'ping');
  assert.notDeepEqual(beat.pingPayload, first);
  assert.equal(beat.pong(first, 50_001), false, 'a pong of an earlier ping');
  assert.equal(beat.roundTripTimeMs, 40);
  assert.equal(pong(beat, 50_007), true);
  assert.equal(beat.roundTripTimeMs, 7);
});

test('a peer that answers within the timeout is never dead, whatever is held and stalled', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 200; round++) {
    const interval = 1 + random.below(50_000);
    const timeout = 2000 + random.below(50_000);
    const beat = new Heartbeat(interval, timeout, 0);
    let nowMs = 0;
    let answerAtMs: number | undefined;
    for (let step = 0; step < 60; step++) {
      const lateMs = random.pick([0, 1, 99, 101, 30_000]);
      nowMs = Math.max(nowMs, beat.dueMs) + lateMs;
      const decision = beat.decide(nowMs);
      assert.notEqual(decision, 'dead');
      if (decision === 'ping') answerAtMs = nowMs + random.below(timeout);
      if (random.below(5) === 0) {
        beat.hold(nowMs);
        nowMs += random.below(100_000);
        beat.decide(nowMs);
        beat.release(nowMs);
      }
      // After each turn what has arrived is read.
      if (answerAtMs === undefined || answerAtMs > Math.max(nowMs, beat.dueMs)) continue;
      nowMs = Math.max(nowMs, answerAtMs);
      beat.heard = true;
      assert.equal(pong(beat, nowMs), true);
      answerAtMs = undefined;
    }
  }
});
