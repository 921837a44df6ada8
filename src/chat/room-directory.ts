/**
 * The rooms there are, by name, and which of them may be forgotten.
 *
 * Spec      -
 * Next      chat.ts - opens a room when somebody joins, releases it when somebody leaves
 * Left out  rooms that outlive the process
 *
 * A room nobody ever spoke in goes with its last member. One with a history stays, so that those
 * who come back find it, until its place is needed: then the room that has been empty longest goes
 * first.
 */
import { nameKey } from './name.ts';
import { Room } from './room.ts';
import type { RoomLimits } from './room.ts';

/** All rooms, at most `maxRooms` at a time. */
export class RoomDirectory<Member> {
  readonly #maxRooms: number;
  readonly #limits: RoomLimits;
  /** By the key of the room's name. */
  readonly #rooms: Map<string, Room<Member>>;
  /** Rooms with a history and no member, the one that has been empty longest first. */
  readonly #idle: Set<Room<Member>>;

  constructor(maxRooms: number, limits: RoomLimits) {
    this.#maxRooms = maxRooms;
    this.#limits = limits;
    this.#rooms = new Map();
    this.#idle = new Set();
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** The room of this name, made if need be; undefined if every place is taken by people. */
  open(name: string): Room<Member> | undefined {
    const known = this.#rooms.get(nameKey(name));
    if (known !== undefined) return known;
    if (this.#rooms.size >= this.#maxRooms && !this.#forgetOldest()) return undefined;
    const room = new Room<Member>(name, this.#limits);
    this.#rooms.set(nameKey(name), room);
    return room;
  }

  /** To be called after somebody came or went: notes whether the room is in use. */
  update(room: Room<Member>): void {
    this.#idle.delete(room);
    if (!room.isEmpty) return;
    if (room.lastOffset > 0) this.#idle.add(room);
    else this.#rooms.delete(nameKey(room.name));
  }

  #forgetOldest(): boolean {
    const [oldest] = this.#idle;
    if (oldest === undefined) return false;
    this.#idle.delete(oldest);
    return this.#rooms.delete(nameKey(oldest.name));
  }
}
