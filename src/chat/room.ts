/**
 * One room: who is in it, what was said, and what has to be told to whom.
 *
 * Spec      protocol.ts
 * Next      chat.ts - which room a message is for
 * Left out  sending: a room returns deliveries, in the order in which they must leave
 *
 * Every change is made here first and told afterwards, so all members hear of the same things in
 * the same order. `Member` is whatever stands for a connection; a room only compares it.
 */
import assert from 'node:assert';
import { History } from './history.ts';
import { nameKey } from './name.ts';
import { refusal } from './protocol.ts';
import type { ErrorMessage, MessageId, ServerMessage } from './protocol.ts';

/** A message and whom it is for: one connection, or all members of a room, or all but one. */
export type Delivery<Member> =
  | { to: 'member'; member: Member; message: ServerMessage }
  | { to: 'room'; room: Room<Member>; except: Member | undefined; message: ServerMessage };

export interface RoomLimits {
  maxMembers: number;
  /** How many messages a newcomer is shown. */
  historyLimit: number;
}

export const defaultRoomLimits: RoomLimits = { maxMembers: 1000, historyLimit: 50 };

/** The state of one room. */
export class Room<Member> {
  readonly name: string;
  readonly #maxMembers: number;
  readonly #history: History;
  /** The name of each member, in the order of joining. */
  readonly #names: Map<Member, string>;
  /** Who has a name, by its key; holds exactly the members. */
  readonly #owners: Map<string, Member>;

  constructor(name: string, limits: RoomLimits = defaultRoomLimits) {
    this.name = name;
    this.#maxMembers = limits.maxMembers;
    this.#history = new History(limits.historyLimit);
    this.#names = new Map();
    this.#owners = new Map();
  }

  get isEmpty(): boolean {
    return this.#names.size === 0;
  }

  /** The offset of the newest message; 0 before the first. */
  get lastOffset(): number {
    return this.#history.lastOffset;
  }

  /** The names of the members, in the order of joining. */
  memberNames(): string[] {
    return [...this.#names.values()];
  }

  /** Why this member cannot be here under this name, or undefined if it can. Changes nothing. */
  refusalOf(member: Member, name: string): ErrorMessage | undefined {
    const owner = this.#owners.get(nameKey(name));
    if (owner !== undefined && owner !== member) {
      return refusal('name-taken', 'somebody in this room has this name already');
    }
    if (!this.#names.has(member) && this.#names.size >= this.#maxMembers) {
      return refusal('room-full', `expected a room of fewer than ${this.#maxMembers} members`);
    }
    return undefined;
  }

  /**
   * Lets somebody in. A member who joins again is told how things stand; under a new name, the
   * others see the old one leave and the new one join. Ask `refusalOf` first.
   */
  join(member: Member, name: string): Delivery<Member>[] {
    assert(this.refusalOf(member, name) === undefined, 'a refused member must not join');
    const isSame = this.#names.get(member) === name;
    const before = isSame ? [] : this.leave(member);
    this.#names.set(member, name);
    this.#owners.set(nameKey(name), member);
    const welcome: Delivery<Member> = {
      to: 'member',
      member,
      message: {
        type: 'joined',
        room: this.name,
        name,
        members: this.memberNames(),
        history: this.#history.messages(),
      },
    };
    return isSame ? [welcome] : [...before, welcome, this.#announce(member, name, 'join')];
  }

  /** Takes a member's text into the order of the room. The ack follows the message. */
  say(member: Member, id: MessageId, text: string, at: Date): Delivery<Member>[] {
    const from = this.#names.get(member);
    assert(from !== undefined, 'only a member can speak');
    const message = this.#history.append({ room: this.name, from, text, at: at.toISOString() });
    return [
      { to: 'room', room: this, except: undefined, message },
      { to: 'member', member, message: { type: 'ack', id, offset: message.offset } },
    ];
  }

  /** Lets a member go; its name is free at once. Nothing happens if it was not here. */
  leave(member: Member): Delivery<Member>[] {
    const name = this.#names.get(member);
    if (name === undefined) return [];
    this.#names.delete(member);
    this.#owners.delete(nameKey(name));
    return [this.#announce(member, name, 'leave')];
  }

  #announce(member: Member, name: string, action: 'join' | 'leave'): Delivery<Member> {
    return { to: 'room', room: this, except: member, message: { type: 'member', name, action } };
  }
}
