import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBudget } from '../../src/websocket/memory-budget.ts';
import { PreparedMessage } from '../../src/websocket/prepared-message.ts';
import { SendQueue, waitingOverheadBytes } from '../../src/websocket/send-queue.ts';
import type { SendQueueSetup, WaitingMessage } from '../../src/websocket/send-queue.ts';
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

/** A queue of at most 10 bytes of payload, and what it has dropped to make room. */
function queueOf(policy: SendQueuePolicy, maxBytes = 10, setup: Partial<SendQueueSetup> = {}) {
  const dropped: WaitingMessage[] = [];
  const onDropped = (messages: readonly WaitingMessage[]) => void dropped.push(...messages);
  const queue = new SendQueue({ maxBytes, policy, onDropped, overheadBytes: 0, ...setup });
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
  const onDropped = () => {
    lengths.push(queue.length);
    if (lengths.length === 1) queue.add(waiting(1));
  };
  const { queue } = queueOf('drop-oldest', 4, { onDropped });
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
    const { queue, dropped } = queueOf(policy, maxBytes);
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

test('each message counts 200 bytes besides its payload: small ones are not free', () => {
  assert.equal(waitingOverheadBytes, 200);
  const { queue } = queueOf('close', 16 * 1024 * 1024, { overheadBytes: undefined });
  let taken = 0;
  while (queue.add(waiting(1)) === 'queued') taken++;
  assert.equal(taken, Math.floor((16 * 1024 * 1024) / 201));
  assert.equal(queue.bytes, taken, 'the payload alone');
  assert.equal(queue.costBytes, taken * 201);
  queue.clear();
  assert.deepEqual([queue.bytes, queue.costBytes], [0, 0]);
});

const exhausted: { policy: SendQueuePolicy; want: string; left: number[] }[] = [
  { policy: 'close', want: 'overflow', left: [3, 3] },
  { policy: 'drop-newest', want: 'dropped', left: [3, 3] },
  { policy: 'drop-oldest', want: 'queued', left: [3, 4] },
];

for (const { policy, want, left } of exhausted) {
  test(`${policy}: what the budget has no room for does not fit`, () => {
    const budget = new MemoryBudget(10);
    const { queue } = queueOf(policy, 100, { budget });
    const other = queueOf(policy, 100, { budget }).queue;
    queue.add(waiting(3));
    queue.add(waiting(3));
    assert.equal(other.add(waiting(3)), 'queued');
    assert.equal(queue.add(waiting(4)), want);
    assert.notEqual(other.add(waiting(11)), 'queued', 'its own 3 bytes would not be enough');
    assert.deepEqual(
      queue.clear().map(({ bytes }) => bytes),
      left,
    );
    other.clear();
    assert.notEqual(other.add(waiting(11)), 'queued', 'not even into an empty queue');
    assert.equal(budget.usedBytes, 0);
  });
}

test('a prepared message is charged to the budget once, in however many queues it waits', () => {
  const budget = new MemoryBudget(1000);
  const prepared = new PreparedMessage(Buffer.alloc(900));
  const message = () => ({ ...waiting(900), data: undefined, prepared });
  const queues = [1, 2, 3].map(() => queueOf('close', 2000, { budget, overheadBytes: 10 }).queue);
  for (const queue of queues) assert.equal(queue.add(message()), 'queued');
  assert.equal(budget.usedBytes, 900 + 3 * 10);
  assert.equal(queues[0]!.add(waiting(900)), 'overflow');
  queues[0]!.removeFirst();
  queues[1]!.clear();
  assert.equal(budget.usedBytes, 910);
  queues[2]!.clear();
  assert.equal(budget.usedBytes, 0);
});

test('the budget is given back to the last byte, whatever happens in the queues', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 100; round++) {
    const budget = new MemoryBudget(random.pick([0, 500, 5000]));
    const setup = { budget, overheadBytes: random.pick([0, 20]) };
    const queues = policies.map((policy) => queueOf(policy, random.below(3000), setup).queue);
    const prepared = [1, 100, 700].map((bytes) => new PreparedMessage(Buffer.alloc(bytes)));
    for (let step = 0; step < 100; step++) {
      const queue = random.pick(queues);
      const shared = random.pick(prepared);
      const ofShared = { ...waiting(shared.payload.length), data: undefined, prepared: shared };
      const message = random.below(2) === 0 ? waiting(random.below(400)) : ofShared;
      const act = random.below(10);
      if (act < 4) queue.add(message);
      else if (act < 6) queue.defer(message);
      else if (act === 6) queue.removeFirst();
      else if (act === 7) queue.release();
      else if (act === 8) queue.takeDeferred();
      else if (queue.first() !== undefined) queue.remove(queue.first()!);
      assert.ok(budget.usedBytes >= 0);
    }
    for (const queue of queues) queue.clear();
    assert.equal(budget.usedBytes, 0);
  }
});

test('drop-oldest keeps to the budget where the messages dropped are held by other queues too', () => {
  const budget = new MemoryBudget(100_000);
  const prepared = new PreparedMessage(Buffer.alloc(50_000));
  const queues = Array.from({ length: 20 }, () => {
    return new SendQueue({ maxBytes: 1e6, policy: 'drop-oldest', budget, onDropped() {} });
  });
  for (const queue of queues) queue.add({ ...waiting(50_000), data: undefined, prepared });
  for (const queue of queues) queue.add({ ...waiting(50_000), data: Buffer.alloc(50_000) });
  assert.ok(budget.usedBytes <= budget.maxBytes, `${budget.usedBytes} bytes are used`);
});
