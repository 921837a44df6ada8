import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../src/websocket/constants.ts';
import { ControlQueue } from '../../src/websocket/control-queue.ts';

const bytes = (text: string) => Buffer.from(text);

/** All that comes out: `9 one`. */
function drain(queue: ControlQueue): string[] {
  const out: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    out.push(`${next.opcode} ${next.payload}`);
  }
  return out;
}

test('§5.5.3 our answer to the latest ping goes first, the others are gone', () => {
  const queue = new ControlQueue();
  queue.add(Opcode.ping, bytes('mine'), undefined);
  queue.addAnswer(bytes('first'));
  queue.addAnswer(bytes('latest'));
  queue.add(Opcode.pong, bytes('unasked'), undefined);
  assert.equal(queue.bytes, 2 + 4 + 2 + 6 + 2 + 7);
  assert.deepEqual(drain(queue), ['10 latest', '9 mine', '10 unasked']);
  assert.equal(queue.bytes, 0);
  assert.equal(queue.shift(), undefined);
});

test('there is room for 16 KiB of the application, headers counted, and always for our answer', () => {
  const queue = new ControlQueue();
  let count = 0;
  while (queue.add(Opcode.ping, Buffer.alloc(126 - 2), undefined)) count++;
  assert.equal(count, Math.floor((16 * 1024) / 126));
  queue.addAnswer(Buffer.alloc(125));
  assert.equal(queue.bytes, count * 126 + 127);
  queue.shift();
  queue.shift();
  assert.equal(queue.add(Opcode.ping, Buffer.alloc(124), undefined), true, 'room again');
});

test('an empty ping is not free', () => {
  const queue = new ControlQueue();
  let count = 0;
  while (queue.add(Opcode.ping, Buffer.alloc(0), undefined)) count++;
  assert.equal(count, 8 * 1024);
});

test('what the caller does to its bytes afterwards is not seen', () => {
  const queue = new ControlQueue();
  const [one, two] = [bytes('one'), bytes('two')];
  queue.add(Opcode.ping, one, undefined);
  queue.addAnswer(two);
  one.fill(0);
  two.fill(0);
  assert.deepEqual(drain(queue), ['10 two', '9 one']);
});

test('clear gives back what the application sent, and forgets our answer', () => {
  const queue = new ControlQueue();
  const callback = () => {};
  queue.add(Opcode.ping, bytes('a'), callback);
  queue.addAnswer(bytes('b'));
  const cleared = queue.clear();
  assert.deepEqual([cleared.length, cleared[0]?.callback], [1, callback]);
  assert.deepEqual([queue.bytes, queue.shift()], [0, undefined]);
});
