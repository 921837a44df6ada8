import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PreparedMessage } from '../../src/websocket/index.ts';
import { broadcast } from '../../src/websocket/broadcast.ts';

class Target {
  readyState: number;
  readonly got: PreparedMessage[];
  readonly #answer: unknown;

  constructor(answer: unknown = 'sent', readyState = 1) {
    this.readyState = readyState;
    this.got = [];
    this.#answer = answer;
  }

  send(message: PreparedMessage): unknown {
    this.got.push(message);
    return this.#answer;
  }
}

test('§5.1 all get one and the same frame, and each fate is counted', () => {
  const targets = ['sent', 'queued', 'dropped', 'dropped', undefined].map((x) => new Target(x));
  assert.deepEqual(broadcast(targets, 'hello'), { sent: 2, queued: 1, dropped: 2 });
  const [first] = targets[0]!.got;
  assert.equal(first?.frame.toString('hex'), `8105${Buffer.from('hello').toString('hex')}`);
  for (const target of targets) assert.deepEqual(target.got, [first]);
});

test('connections that are not open are left alone', () => {
  const targets = [0, 1, 2, 3].map((state) => new Target('sent', state));
  assert.deepEqual(broadcast(targets, 'x'), { sent: 1, queued: 0, dropped: 0 });
  assert.deepEqual(
    targets.map((target) => target.got.length),
    [0, 1, 0, 0],
  );
});

test('except names one, or several, or nobody', () => {
  const [a, b, c] = [new Target(), new Target(), new Target()];
  const sent = (except?: Target | Iterable<Target>) => broadcast([a, b, c], '', { except }).sent;
  assert.equal(sent(undefined), 3);
  assert.equal(sent(a), 2);
  assert.equal(sent([a, b]), 1);
  assert.equal(sent(new Set([a, b, c])), 0);
  assert.equal(sent(new Target()), 3);
});

test('strings are text and bytes are binary, unless it is said otherwise', () => {
  const target = new Target();
  broadcast([target], Buffer.from('b'));
  broadcast([target], Buffer.from('t'), { binary: false });
  broadcast([target], 't', { binary: true });
  broadcast([target], new PreparedMessage('p'));
  assert.deepEqual(
    target.got.map(({ opcode }) => opcode),
    [2, 1, 2, 1],
  );
});

test('a connection that goes while others are sent to gets nothing', () => {
  const targets = new Set<Target>();
  const closing = new Target();
  const last = new Target();
  const first = Object.assign(new Target(), {
    send: () => {
      closing.readyState = 2;
      targets.delete(last);
      last.readyState = 3;
    },
  });
  for (const target of [first, closing, last]) targets.add(target);
  assert.deepEqual(broadcast(targets, 'x'), { sent: 1, queued: 0, dropped: 0 });
  assert.equal(closing.got.length + last.got.length, 0);
});
