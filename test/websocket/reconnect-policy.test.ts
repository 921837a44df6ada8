import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkReconnectPolicy,
  codeOf,
  decideReconnect,
  parseRetryAfter,
} from '../../src/websocket/reconnect-policy.ts';
import type { ConnectionEnd, ReconnectRule } from '../../src/websocket/reconnect-policy.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const closed = (code: number): ConnectionEnd => ({ kind: 'closed', code });
const refused = (status: number, retryAfterMs?: number): ConnectionEnd => ({
  kind: 'refused',
  status,
  retryAfterMs,
});
const failed = (code: string): ConnectionEnd => ({ kind: 'failed', code });

/** The rule that an end comes under, told from the shortest and the longest delay of attempt 1. */
function ruleOf(end: ConnectionEnd, rules?: Record<string, ReconnectRule>): string {
  const policy = rules === undefined ? {} : { rules };
  const range = [0, 1].map((random) => {
    const decision = decideReconnect(end, 1, random, policy);
    return decision.kind === 'wait' ? decision.delayMs : decision.reason;
  });
  if (range[0] === 0 && range[1] === 2000) return 'wait';
  if (range[0] === 1000 && range[1] === 4000) return 'wait-longer';
  return typeof range[0] === 'string' ? 'stop' : String(range);
}

const table: { rule: ReconnectRule; ends: ConnectionEnd[] }[] = [
  { rule: 'stop', ends: [closed(1000), closed(1008), closed(4000), closed(4999)] },
  { rule: 'stop', ends: [400, 401, 403, 404].map((status) => refused(status)) },
  { rule: 'wait-longer', ends: [closed(1012), closed(1013), refused(429), refused(503)] },
  { rule: 'wait', ends: [1001, 1002, 1005, 1006, 1009, 1011, 1014, 3000, 3999].map(closed) },
  { rule: 'wait', ends: [200, 301, 402, 500, 502].map((status) => refused(status)) },
  { rule: 'wait', ends: ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED'].map(failed) },
];
for (const { rule, ends } of table) {
  for (const end of ends) {
    test(`§7.4.1 ${end.kind} ${codeOf(end)}: ${rule}`, () => assert.equal(ruleOf(end), rule));
  }
}

test('rules of the program count first', () => {
  const rules = { 1000: 'wait', 1006: 'stop', 404: 'wait-longer', ENOTFOUND: 'stop' } as const;
  assert.equal(ruleOf(closed(1000), rules), 'wait');
  assert.equal(ruleOf(closed(1006), rules), 'stop');
  assert.equal(ruleOf(refused(404), rules), 'wait-longer');
  assert.equal(ruleOf(failed('ENOTFOUND'), rules), 'stop');
  assert.equal(ruleOf(closed(1008), rules), 'stop');
  // Names that every object has are no rules.
  assert.equal(ruleOf(failed('constructor'), rules), 'wait');
});

test('§7.2.3 the ceiling doubles up to its cap', () => {
  const longest = (attempt: number) => decideReconnect(closed(1006), attempt, 1);
  const want = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  assert.deepEqual(
    want.map((_, attempt) => longest(attempt)),
    want.map((delayMs) => ({ kind: 'wait', delayMs })),
  );
  for (const attempt of [1e3, 1e4, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(longest(attempt), { kind: 'wait', delayMs: 30_000 });
  }
});

const retries = [
  { name: 'is heeded', end: refused(503, 5000), least: 5000, most: 6000 },
  { name: 'is heeded up to the cap', end: refused(429, 3_600_000), least: 30_000, most: 31_000 },
  { name: 'of 0 is heeded too', end: refused(503, 0), least: 0, most: 1000 },
];
for (const { name, end, least, most } of retries) {
  test(`RFC 9110 §10.2.3 Retry-After ${name}`, () => {
    assert.deepEqual(decideReconnect(end, 9, 0), { kind: 'wait', delayMs: least });
    assert.deepEqual(decideReconnect(end, 9, 1), { kind: 'wait', delayMs: most });
  });
}

test('a cap below the base holds', () => {
  const policy = { baseDelayMs: 1000, maxDelayMs: 10 };
  for (const end of [closed(1012), closed(1006)]) {
    assert.deepEqual(decideReconnect(end, 5, 1, policy), { kind: 'wait', delayMs: 10 });
  }
});

test('§7.2.3 delays are spread over the whole of their range', (t) => {
  const random = seededRandom(t);
  const delays = Array.from({ length: 1000 }, () => {
    const decision = decideReconnect(closed(1006), 3, random.uint32() / 2 ** 32);
    return decision.kind === 'wait' ? decision.delayMs : NaN;
  });
  for (let quarter = 0; quarter < 4; quarter++) {
    const inside = delays.filter((ms) => ms >= quarter * 2000 && ms <= (quarter + 1) * 2000);
    assert.ok(inside.length > 150, `quarter ${quarter}: ${inside.length}`);
  }
});

test('a reason names what happened', () => {
  assert.deepEqual(decideReconnect(closed(4001), 0, 0), {
    kind: 'stop',
    reason: 'the connection was closed with 4001',
  });
  const decision = decideReconnect(refused(401), 0, 0);
  assert.ok(decision.kind === 'stop' && decision.reason.includes('status 401'));
});

const now = Date.parse('Sun, 06 Nov 1994 08:49:37 GMT');
const headers = [
  { value: '120', want: 120_000 },
  { value: '0', want: 0 },
  { value: 'Sun, 06 Nov 1994 08:50:37 GMT', want: 60_000 },
  { value: 'Sun, 06 Nov 1994 08:49:36 GMT', want: 0 },
  { value: 'Sun, 99 Nov 1994 08:49:36 GMT', want: undefined },
  { value: '', want: undefined },
  { value: '-1', want: undefined },
  { value: '1.5', want: undefined },
  { value: '99999999999', want: undefined },
  { value: '1994-11-06', want: undefined },
];
for (const { value, want } of headers) {
  test(`RFC 9110 §10.2.3 Retry-After: ${value}`, () => {
    assert.equal(parseRetryAfter(value, now), want);
  });
}

test('a policy that cannot be heeded is refused', () => {
  checkReconnectPolicy({});
  checkReconnectPolicy({ baseDelayMs: 0, maxDelayMs: 1, stableAfterMs: 2, rules: { 1: 'stop' } });
  for (const policy of [{ baseDelayMs: -1 }, { maxDelayMs: NaN }, { stableAfterMs: 2 ** 31 }]) {
    const [[name] = ['']] = Object.entries(policy);
    const message = new RegExp(`^${name} must be`);
    assert.throws(() => checkReconnectPolicy(policy), { name: 'RangeError', message });
  }
  const rules = { 1006: 'never' as 'stop' };
  const message = /rules\[1006\] must be stop, wait or wait-longer, got never/;
  assert.throws(() => checkReconnectPolicy({ rules }), { name: 'TypeError', message });
});
