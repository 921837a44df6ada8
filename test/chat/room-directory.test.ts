import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomDirectory } from '../../src/chat/room-directory.ts';
import { defaultRoomLimits } from '../../src/chat/room.ts';
import type { Room } from '../../src/chat/room.ts';

const at = new Date(0);
const directory = (maxRooms: number) => new RoomDirectory<string>(maxRooms, defaultRoomLimits);

/** Somebody comes to a room, says something or not, and is gone. */
function visit(rooms: RoomDirectory<string>, name: string, speaks: boolean): Room<string> {
  const room = rooms.open(name) ?? assert.fail(`no place for ${name}`);
  room.join('guest', 'guest');
  rooms.update(room);
  if (speaks) room.say('guest', 1, 'hi', at);
  room.leave('guest');
  rooms.update(room);
  return room;
}

test('one name, one room; spellings that look equal are one name', () => {
  const rooms = directory(10);
  assert.equal(rooms.open('José'), rooms.open('Jose\u0301'.normalize('NFC')));
  assert.notEqual(rooms.open('__proto__'), rooms.open('constructor'));
  assert.equal(rooms.size, 3);
});

test('an empty room is forgotten if nobody spoke in it, else kept', () => {
  const rooms = directory(10);
  visit(rooms, 'silent', false);
  assert.equal(rooms.size, 0);
  const room = visit(rooms, 'spoken', true);
  assert.equal(rooms.size, 1);
  assert.equal(rooms.open('spoken'), room);
});

test('when all places are taken, the room that has been empty longest goes', () => {
  const rooms = directory(3);
  const [a, b] = [visit(rooms, 'a', true), visit(rooms, 'b', true)];
  visit(rooms, 'c', true);
  visit(rooms, 'a', false);
  assert.ok(rooms.open('d'));
  assert.equal(rooms.size, 3);
  assert.equal(rooms.open('a'), a);
  assert.notEqual(rooms.open('b'), b);
});

test('a room in use is never forgotten', () => {
  const rooms = directory(2);
  for (const name of ['a', 'b']) {
    const room = visit(rooms, name, true);
    room.join('host', 'host');
    rooms.update(room);
  }
  assert.equal(rooms.open('c'), undefined);
  assert.equal(rooms.size, 2);
  assert.ok(rooms.open('a'));
});
