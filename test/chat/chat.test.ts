import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chat } from '../../src/chat/chat.ts';
import type { ClientMessage } from '../../src/chat/protocol.ts';
import { refusal } from '../../src/chat/protocol.ts';
import type { Delivery } from '../../src/chat/room.ts';

const start = new Date('2026-01-02T03:04:05.000Z');
const later = (ms: number) => new Date(start.getTime() + ms);
const join = (room: string, name: string): ClientMessage => ({ type: 'join', room, name });
const say = (id: number): ClientMessage => ({ type: 'say', id, text: 'hi' });

/** A chat with these connections made. */
function chatOf(members: string[], limits = {}): Chat<string> {
  const chat = new Chat<string>(limits);
  for (const member of members) chat.enter(member);
  return chat;
}

function types(deliveries: Delivery<string>[]): string[] {
  return deliveries.map(({ message }) => (message.type === 'error' ? message.code : message.type));
}

test('who has joined can speak, who has not is told so', () => {
  const chat = chatOf(['1']);
  const [refused] = chat.receive('1', say(7), start);
  assert.ok(refused?.to === 'member' && refused.message.type === 'error');
  assert.deepEqual([refused.message.code, refused.message.id], ['not-joined', 7]);
  assert.deepEqual(types(chat.receive('1', join('a', 'ann'), start)), ['joined', 'member']);
  assert.deepEqual(types(chat.receive('1', say(8), start)), ['message', 'ack']);
});

test('joining another room leaves the first', () => {
  const chat = chatOf(['1', '2']);
  chat.receive('1', join('a', 'ann'), start);
  chat.receive('2', join('a', 'bob'), start);
  const first = chat.roomOf('1');
  const deliveries = chat.receive('1', join('b', 'ann'), start);
  assert.deepEqual(types(deliveries), ['member', 'joined', 'member']);
  assert.ok(deliveries[0]?.to === 'room' && deliveries[0].room === first);
  assert.equal(chat.roomOf('1')?.name, 'b');
  assert.deepEqual(first?.memberNames(), ['bob']);
});

test('who is refused by another room stays where it was', () => {
  const chat = chatOf(['1', '2']);
  chat.receive('1', join('a', 'ann'), start);
  chat.receive('2', join('b', 'ann'), start);
  assert.deepEqual(types(chat.receive('1', join('b', 'ann'), start)), ['name-taken']);
  assert.equal(chat.roomOf('1')?.name, 'a');
  assert.deepEqual(types(chat.receive('1', say(1), start)), ['message', 'ack']);
});

test('a leave frees the name at once, and can be repeated', () => {
  const chat = chatOf(['1', '2']);
  chat.receive('1', join('a', 'ann'), start);
  assert.deepEqual(types(chat.leave('1')), ['member']);
  assert.deepEqual(chat.leave('1'), []);
  assert.deepEqual(types(chat.receive('2', join('a', 'ann'), start)), ['joined', 'member']);
});

test('10 messages a second, each refusal with its id', () => {
  const chat = chatOf(['1']);
  chat.receive('1', join('a', 'ann'), start);
  for (let id = 1; id <= 10; id++) {
    assert.deepEqual(types(chat.receive('1', say(id), start)), ['message', 'ack']);
  }
  const [refused] = chat.receive('1', say(11), start);
  const rule = 'expected at most 10 messages a second';
  assert.deepEqual(refused?.message, refusal('rate-limited', rule, 11));
  assert.equal(chat.roomOf('1')?.lastOffset, 10);
  assert.deepEqual(types(chat.receive('1', say(12), later(99))), ['rate-limited']);
  assert.deepEqual(types(chat.receive('1', say(13), later(100))), ['message', 'ack']);
});

test('joins and mistakes are limited too, but apart from what is said', () => {
  const chat = chatOf(['1']);
  chat.receive('1', join('a', 'ann'), start);
  const mistake = refusal('not-json', 'expected JSON, got something else');
  for (let i = 0; i < 9; i++) {
    assert.deepEqual(types(chat.receive('1', mistake, start)), ['not-json']);
  }
  assert.deepEqual(types(chat.receive('1', mistake, start)), ['rate-limited']);
  assert.deepEqual(types(chat.receive('1', join('b', 'ann'), start)), ['rate-limited']);
  assert.deepEqual(types(chat.receive('1', say(1), start)), ['message', 'ack']);
});

test('there are only so many rooms, and only the empty ones make place', () => {
  const chat = chatOf(['1', '2', '3'], { maxRooms: 2 });
  chat.receive('1', join('a', 'ann'), start);
  chat.receive('1', say(1), start);
  chat.receive('2', join('b', 'bob'), start);
  assert.deepEqual(types(chat.receive('3', join('c', 'cid'), start)), ['too-many-rooms']);
  assert.equal(chat.roomCount, 2);
  chat.leave('1');
  assert.equal(chat.roomCount, 2);
  assert.deepEqual(types(chat.receive('3', join('c', 'cid'), start)), ['joined', 'member']);
  assert.equal(chat.roomCount, 2);
  chat.leave('2');
  chat.leave('3');
  assert.equal(chat.roomCount, 0);
});

test('a full room refuses', () => {
  const chat = chatOf(['1', '2'], { maxMembersPerRoom: 1 });
  chat.receive('1', join('a', 'ann'), start);
  assert.deepEqual(types(chat.receive('2', join('a', 'bob'), start)), ['room-full']);
  assert.equal(chat.roomOf('2'), undefined);
});

test('a room found empty again shows what was said in it, and counts on', () => {
  const chat = chatOf(['1', '2']);
  chat.receive('1', join('a', 'ann'), start);
  chat.receive('1', say(1), start);
  chat.leave('1');
  const [welcome] = chat.receive('2', join('a', 'bob'), start);
  assert.ok(welcome?.message.type === 'joined');
  assert.deepEqual(welcome.message.history.map(({ offset, from }) => [offset, from]), [[1, 'ann']]);
  const [message] = chat.receive('2', say(1), start);
  assert.ok(message?.message.type === 'message');
  assert.equal(message.message.offset, 2);
});

test('limits must be whole numbers from 1', () => {
  for (const limits of [{ maxRooms: 0 }, { historyLimit: -1 }, { messagesPerSecond: 1.5 }]) {
    assert.throws(() => new Chat<string>(limits), RangeError);
  }
});
