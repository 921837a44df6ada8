import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerMessage } from '../../src/chat/protocol.ts';
import { defaultRoomLimits, Room } from '../../src/chat/room.ts';
import type { Delivery } from '../../src/chat/room.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const at = new Date('2026-01-02T03:04:05.678Z');

/** Deliveries in short: whom it is for, and the message. */
function short(deliveries: Delivery<string>[]): [string, ServerMessage][] {
  return deliveries.map((delivery) => [
    delivery.to === 'member' ? delivery.member : `room but ${delivery.except}`,
    delivery.message,
  ]);
}

test('a join: the newcomer is told how things stand, the others that it came', () => {
  const room = new Room<string>('lobby');
  room.join('1', 'ann');
  room.say('1', 'x', 'hi', at);
  const said = { room: 'lobby', offset: 1, from: 'ann', text: 'hi', at: at.toISOString() };
  const history = [{ type: 'message', ...said }];
  assert.deepEqual(short(room.join('2', 'bob')), [
    ['2', { type: 'joined', room: 'lobby', name: 'bob', members: ['ann', 'bob'], history }],
    ['room but 2', { type: 'member', name: 'bob', action: 'join' }],
  ]);
});

test('a say: the message to all, the sender too, then the ack', () => {
  const room = new Room<string>('lobby');
  room.join('1', '__proto__');
  const deliveries = short(room.say('1', 'x', 'hi', at));
  assert.deepEqual(deliveries.map(([to, message]) => [to, message.type]), [
    ['room but undefined', 'message'],
    ['1', 'ack'],
  ]);
  assert.deepEqual(deliveries[1]?.[1], { type: 'ack', id: 'x', offset: 1 });
});

test('a leave: the others are told, the name is free', () => {
  const room = new Room<string>('lobby');
  room.join('1', 'ann');
  assert.deepEqual(short(room.leave('1')), [
    ['room but 1', { type: 'member', name: 'ann', action: 'leave' }],
  ]);
  assert.ok(room.isEmpty);
  assert.deepEqual(room.leave('1'), []);
  assert.equal(room.refusalOf('2', 'ann'), undefined);
});

test('a name that is taken, or looks so, is refused; other names are not', () => {
  const room = new Room<string>('lobby');
  room.join('1', 'Jos\u00e9');
  for (const name of ['Jos\u00e9', 'Jos\u00e9\u200d']) {
    assert.equal(room.refusalOf('2', name)?.code, 'name-taken');
  }
  for (const name of ['jos\u00e9', 'Jose', '__proto__', 'constructor', 'toString']) {
    assert.equal(room.refusalOf('2', name), undefined);
  }
});

test('a full room takes nobody, but its members may change their names', () => {
  const room = new Room<string>('lobby', { ...defaultRoomLimits, maxMembers: 2 });
  room.join('1', 'ann');
  room.join('2', 'bob');
  assert.equal(room.refusalOf('3', 'cid')?.code, 'room-full');
  assert.equal(room.refusalOf('2', 'cid'), undefined);
  assert.equal(room.refusalOf('2', 'ann')?.code, 'name-taken');
});

test('joining again under the same name only repeats the welcome', () => {
  const room = new Room<string>('lobby');
  room.join('1', 'ann');
  const deliveries = short(room.join('1', 'ann'));
  assert.deepEqual(deliveries.map(([to, { type }]) => [to, type]), [['1', 'joined']]);
});

test('joining again under a new name: the old one leaves, the new one joins', () => {
  const room = new Room<string>('lobby');
  room.join('1', 'ann');
  room.join('2', 'bob');
  assert.deepEqual(short(room.join('1', 'anna')), [
    ['room but 1', { type: 'member', name: 'ann', action: 'leave' }],
    ['1', { type: 'joined', room: 'lobby', name: 'anna', members: ['bob', 'anna'], history: [] }],
    ['room but 1', { type: 'member', name: 'anna', action: 'join' }],
  ]);
  assert.equal(room.refusalOf('3', 'ann'), undefined);
});

test('the caller must ask first', () => {
  const room = new Room<string>('lobby');
  room.join('1', 'ann');
  assert.throws(() => room.join('2', 'ann'), /refused/);
  assert.throws(() => room.say('2', 1, 'hi', at), /member/);
});

/** What one member has seen of a room, as a page would put it together. */
class Witness {
  readonly offsets: number[] = [];
  readonly acked = new Map<unknown, number>();
  members: string[] = [];

  see(message: ServerMessage): void {
    if (message.type === 'joined') {
      this.members = [...message.members];
      this.offsets.push(...message.history.map(({ offset }) => offset));
    } else if (message.type === 'message') {
      this.offsets.push(message.offset);
    } else if (message.type === 'ack') {
      assert.equal(this.offsets.at(-1), message.offset, 'an ack right after its message');
      this.acked.set(message.id, message.offset);
    } else if (message.type === 'member' && message.action === 'join') {
      assert.ok(!this.members.includes(message.name), 'nobody joins twice');
      this.members.push(message.name);
    } else if (message.type === 'member') {
      assert.ok(this.members.includes(message.name), 'who leaves was there');
      this.members = this.members.filter((name) => name !== message.name);
    }
  }
}

test('1,000 random scripts: one order, no gaps, unique names, an ack for each message', (t) => {
  const random = seededRandom(t);
  const names = ['ann', 'bob', 'cid', '__proto__', 'an\u200dn'];
  for (let script = 0; script < 1000; script++) {
    const room = new Room<number>('r', { maxMembers: 4, historyLimit: 5 });
    const witnesses = new Map<number, Witness>();
    let said = 0;
    const perform = (deliveries: Delivery<number>[]) => {
      for (const delivery of deliveries) {
        for (const [member, witness] of witnesses) {
          const isMeant =
            delivery.to === 'room' ? member !== delivery.except : member === delivery.member;
          if (isMeant) witness.see(delivery.message);
        }
      }
    };
    for (let step = 0; step < 40; step++) {
      const member = random.below(6);
      const act = random.below(5);
      if (act === 0) {
        witnesses.delete(member);
        perform(room.leave(member));
      } else if (act === 1) {
        const name = random.pick(names);
        if (room.refusalOf(member, name) !== undefined) continue;
        witnesses.set(member, new Witness());
        perform(room.join(member, name));
      } else if (witnesses.has(member)) {
        said++;
        perform(room.say(member, said, 'hi', at));
        assert.equal(witnesses.get(member)?.acked.get(said), said);
      }
      assert.equal(room.lastOffset, said);
      const present = room.memberNames();
      assert.equal(new Set(present).size, present.length);
      assert.equal(present.length, witnesses.size);
      for (const witness of witnesses.values()) {
        assert.deepEqual([...witness.members].sort(), [...present].sort());
        const first = witness.offsets[0] ?? said + 1;
        const all = Array.from({ length: said - first + 1 }, (_, i) => first + i);
        assert.deepEqual(witness.offsets, all);
      }
    }
  }
});
