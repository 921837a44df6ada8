import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageInbox } from '../../src/websocket/message-inbox.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

/** Bytes in memory of exactly that length. */
const ownMemory = (length: number) => Buffer.allocUnsafeSlow(length).fill(1);

test('it is full from the limit on, where each message costs 64 bytes more', () => {
  const inbox = new MessageInbox(1000);
  assert.equal(inbox.isFull, false);
  inbox.push(ownMemory(871), true);
  assert.equal(inbox.isFull, false);
  inbox.push(Buffer.alloc(0), false);
  assert.equal(inbox.isFull, false, '999 bytes');
  inbox.push(ownMemory(1), true);
  assert.equal(inbox.isFull, true);
  inbox.shift();
  assert.equal(inbox.isFull, false);
});

test('empty messages are not free', () => {
  const inbox = new MessageInbox(64 * 1024);
  for (let i = 0; !inbox.isFull; i++) {
    assert.ok(i < 1024);
    inbox.push(Buffer.alloc(0), true);
  }
  assert.equal(inbox.length, 1024);
});

test('a small part of a large memory is copied, a large part is not', () => {
  const memory = Buffer.from(new ArrayBuffer(1000)).fill(7);
  const inbox = new MessageInbox(1000);
  inbox.push(memory.subarray(0, 499), true);
  inbox.push(memory.subarray(0, 500), true);
  memory.fill(8);
  assert.equal(inbox.shift()?.data[0], 7);
  assert.equal(inbox.shift()?.data.buffer, memory.buffer);
});

test('clear forgets everything, what it costs too', () => {
  const inbox = new MessageInbox(100);
  inbox.push(ownMemory(100), true);
  inbox.clear();
  assert.equal(inbox.isFull, false);
  assert.equal(inbox.length, 0);
  assert.equal(inbox.shift(), undefined);
});

test('what goes in comes out, in order, however the two take turns', (t) => {
  const random = seededRandom(t);
  const inbox = new MessageInbox(1024);
  const model: { text: string; isBinary: boolean }[] = [];
  for (let i = 0; i < 20_000; i++) {
    // In waves, so that thousands wait at times and none at others.
    const isFilling = Math.floor(i / 3000) % 2 === 0;
    if (random.below(10) < (isFilling ? 8 : 2)) {
      const message = { text: String(i), isBinary: random.below(2) === 0 };
      inbox.push(Buffer.from(message.text), message.isBinary);
      model.push(message);
    } else {
      const got = inbox.shift();
      const want = model.shift();
      assert.equal(got?.data.toString(), want?.text);
      assert.equal(got?.isBinary, want?.isBinary);
    }
    assert.equal(inbox.length, model.length);
  }
});
