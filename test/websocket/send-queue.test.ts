import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendQueue } from '../../src/websocket/send-queue.ts';
import type { WaitingMessage } from '../../src/websocket/send-queue.ts';
import type { SendQueuePolicy } from '../../src/websocket/connection-options.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

type Kind = 'whole' | 'first' | 'middle' | 'last';

/** A waiting message of this many bytes, a whole one unless it says otherwise. */
function waiting(bytes: number, kind: Kind = 'whole'): WaitingMessage {
  const fin = kind === 'whole' || kind === 'last';
  const rest = { opcode: 2 as const, prepared: undefined, callback: undefined };
  const encoding = 'none' as const;
  return { ...rest, data: '', bytes, fin, isWhole: kind === 'whole', encoding };
}

/** A queue of at most 10 bytes, and what it has dropped to make room. */
function queueOf(policy: SendQueuePolicy, maxBytes = 10) {
  const dropped: WaitingMessage[] = [];
  const queue = new SendQueue(maxBytes, policy, (messages) => void dropped.push(...messages));
  return { queue, dropped };
}

const policies = ['close', 'drop-newest', 'drop-oldest'] as const;

for (const policy of policies) {
  test(`${policy}: up to the limit all is queued, and comes out in order`, () => {
    const { queue, dropped } = queueOf(policy);
    const messages = [waiting(4), waiting(0), waiting(6)];
    for (const message of messages) assert.equal(queue.add(message), 'queued');
    assert.equal(queue.bytes, 10);
    assert.equal(queue.length, 3);
    assert.deepEqual(queue.clear(), messages);
    assert.equal(queue.bytes, 0);
    assert.equal(queue.first(), undefined);
    assert.deepEqual(dropped, []);
  });

  test(`${policy}: a message into an empty queue is taken, however large`, () => {
    const { queue } = queueOf(policy);
    assert.equal(queue.add(waiting(11)), 'queued');
    queue.removeFirst();
    assert.equal(queue.add(waiting(2 ** 31, 'first')), 'queued');
  });

  test(`${policy}: a fragment that does not fit asks to close`, () => {
    const { queue } = queueOf(policy);
    queue.add(waiting(10, 'first'));
    assert.equal(queue.add(waiting(1, 'middle')), 'overflow');
    assert.equal(queue.add(waiting(0, 'middle')), 'queued');
    assert.equal(queue.bytes, 10);
  });
}

const full: { policy: SendQueuePolicy; want: string; left: number[]; dropped: number[] }[] = [
  { policy: 'close', want: 'overflow', left: [4, 5], dropped: [] },
  { policy: 'drop-newest', want: 'dropped', left: [4, 5], dropped: [] },
  { policy: 'drop-oldest', want: 'queued', left: [5, 2], dropped: [4] },
];

for (const { policy, want, left, dropped: gone } of full) {
  test(`${policy}: a message that does not fit is ${want}`, () => {
    const { queue, dropped } = queueOf(policy);
    queue.add(waiting(4));
    queue.add(waiting(5));
    assert.equal(queue.add(waiting(2)), want);
    const bytes = (messages: readonly WaitingMessage[]) => messages.map((each) => each.bytes);
    assert.equal(
      queue.bytes,
      left.reduce((sum, each) => sum + each),
    );
    assert.deepEqual(bytes(queue.clear()), left);
    assert.deepEqual(bytes(dropped), gone);
  });
}

test('drop-oldest drops no more than it must, and all for a message over the limit', () => {
  const { queue, dropped } = queueOf('drop-oldest');
  const [a, b, c] = [waiting(3), waiting(3), waiting(4)];
  for (const message of [a, b, c]) queue.add(message);
  queue.add(waiting(1));
  assert.deepEqual(dropped, [a]);
  queue.add(waiting(99));
  assert.equal(queue.length, 1);
  assert.equal(queue.bytes, 99);
});

test('drop-oldest leaves fragments alone, and drops what would not fit beside them', () => {
  const { queue, dropped } = queueOf('drop-oldest');
  const [before, after] = [waiting(2), waiting(2)];
  const [first, last] = [waiting(3, 'first'), waiting(3, 'last')];
  for (const message of [before, first, last, after]) queue.add(message);
  assert.equal(queue.add(waiting(5)), 'dropped', 'the fragments leave 4');
  assert.deepEqual(dropped, [], 'and nothing is dropped in vain');
  const newest = waiting(4);
  assert.equal(queue.add(newest), 'queued');
  assert.deepEqual(dropped, [before, after]);
  assert.deepEqual(queue.clear(), [first, last, newest]);
});

test('what is deferred counts, and joins the line when it is released', () => {
  const { queue } = queueOf('drop-newest');
  const [fragment, deferred, last] = [waiting(4, 'first'), waiting(3), waiting(3, 'last')];
  queue.add(fragment);
  assert.equal(queue.defer(deferred), 'queued');
  assert.equal(queue.defer(waiting(4)), 'dropped');
  assert.equal(queue.bytes, 7);
  assert.equal(queue.length, 1);
  queue.add(last);
  queue.release();
  assert.deepEqual(queue.clear(), [fragment, last, deferred]);
});

test('deferred messages are dropped after older ones, and taken out on their own', () => {
  const { queue, dropped } = queueOf('drop-oldest');
  const [old, first] = [waiting(1), waiting(2, 'first')];
  const [a, b, c] = [waiting(3), waiting(4), waiting(3)];
  queue.add(old);
  queue.add(first);
  queue.defer(a);
  queue.defer(b);
  assert.equal(queue.defer(c), 'queued');
  assert.deepEqual(dropped, [old, a]);
  assert.deepEqual(queue.takeDeferred(), [b, c]);
  assert.equal(queue.bytes, 2);
});

test('one message is taken out wherever it waits, once', () => {
  const { queue } = queueOf('close');
  const [a, b, c] = [waiting(1), waiting(2), waiting(3)];
  for (const message of [a, b, c]) queue.add(message);
  assert.equal(queue.remove(b), true);
  assert.equal(queue.remove(b), false);
  assert.equal(queue.remove(a), true);
  assert.equal(queue.bytes, 3);
  assert.deepEqual(queue.clear(), [c]);
  assert.equal(queue.remove(c), false);
});

test('whoever hears of drops finds the queue as it is afterwards, and may add to it', () => {
  const lengths: number[] = [];
  const queue: SendQueue = new SendQueue(4, 'drop-oldest', () => {
    lengths.push(queue.length);
    if (lengths.length === 1) queue.add(waiting(1));
  });
  queue.add(waiting(2));
  queue.add(waiting(2));
  queue.add(waiting(3));
  assert.deepEqual(lengths, [1]);
  assert.deepEqual(
    queue.clear().map(({ bytes }) => bytes),
    [3, 1],
  );
});

test('what goes in comes out once and in order, or is reported dropped once', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 300; round++) {
    const policy = random.pick(policies);
    const maxBytes = random.pick([0, 1, 10, 100, Infinity]);
    const out: WaitingMessage[] = [];
    const dropped: WaitingMessage[] = [];
    const queue = new SendQueue(maxBytes, policy, (messages) => void dropped.push(...messages));
    // The plain model: the line, then what is deferred.
    let line: WaitingMessage[] = [];
    let deferred: WaitingMessage[] = [];
    const added: WaitingMessage[] = [];
    for (let step = 0; step < 60; step++) {
      const act = random.below(10);
      const before = dropped.length;
      if (act < 6) {
        const isDeferred = random.below(4) === 0;
        const kind = isDeferred ? 'whole' : random.pick(['whole', 'whole', 'middle'] as const);
        const message = waiting(random.below(random.pick([1, 6, 30])), kind);
        added.push(message);
        const fitted = [...line, ...deferred].reduce((sum, each) => sum + each.bytes, 0);
        const isEmpty = line.length + deferred.length === 0;
        const result = isDeferred ? queue.defer(message) : queue.add(message);
        if (isEmpty || fitted + message.bytes <= maxBytes) assert.equal(result, 'queued');
        const gone = new Set(dropped.slice(before));
        line = line.filter((each) => !gone.has(each));
        deferred = deferred.filter((each) => !gone.has(each));
        if (result === 'queued') (isDeferred ? deferred : line).push(message);
        else dropped.push(message);
        const rest = line.length + deferred.length;
        const isKept = rest === 1 || result !== 'queued' || queue.bytes <= maxBytes;
        assert.ok(isKept, 'the limit');
      } else if (act < 8) {
        const first = queue.first();
        assert.equal(first, line[0]);
        queue.removeFirst();
        line.shift();
        if (first !== undefined) out.push(first);
      } else if (act === 8) {
        queue.release();
        line.push(...deferred);
        deferred = [];
      } else if (line.length > 0) {
        const message = random.pick(line);
        assert.equal(queue.remove(message), true);
        line = line.filter((each) => each !== message);
        dropped.push(message);
      }
      assert.equal(queue.length, line.length);
      assert.equal(
        queue.bytes,
        [...line, ...deferred].reduce((sum, each) => sum + each.bytes, 0),
      );
    }
    const rest = queue.clear();
    assert.deepEqual(rest, [...line, ...deferred]);
    const fates = [...out, ...rest, ...dropped];
    assert.equal(fates.length, added.length);
    assert.deepEqual(new Set(fates), new Set(added));
  }
});

test('thousands of messages pass through, and none is kept once it is out', () => {
  const { queue } = queueOf('close', Infinity);
  let next = 0;
  const expectNext = () => assert.equal(queue.first()?.bytes, next++ % 100);
  for (let i = 0; i < 5000; i++) {
    queue.add(waiting(i % 100));
    if (i % 3 !== 0) continue;
    expectNext();
    queue.removeFirst();
  }
  for (; queue.length > 0; queue.removeFirst()) expectNext();
  assert.equal(next, 5000);
  assert.equal(queue.bytes, 0);
});
