/**
 * The whole chat without its sockets: messages of clients in, deliveries out.
 *
 * Spec      protocol.ts
 * Next      io/chat-service.ts - connects it to WebSockets
 * Left out  accounts: a name belongs to whoever has it first, for as long as the connection lasts
 *
 * A connection is in one room at a time. Joining another room leaves the first one, but only once
 * the other has let it in: who is refused stays where it was.
 */
import assert from 'node:assert';
import { TokenBucket } from '../shared/index.ts';
import { refusal } from './protocol.ts';
import type { ClientMessage, ErrorMessage, JoinMessage, SayMessage } from './protocol.ts';
import { RoomDirectory } from './room-directory.ts';
import { defaultRoomLimits } from './room.ts';
import type { Delivery, Room } from './room.ts';

/** How much of everything there may be. All are whole numbers from 1. */
export interface ChatLimits {
  /** Rooms with somebody in them, and empty ones that are remembered for their history. */
  maxRooms: number;
  maxMembersPerRoom: number;
  historyLimit: number;
  /** Messages that one connection may say in a second, and in a burst. */
  messagesPerSecond: number;
}

export const defaultChatLimits: ChatLimits = {
  maxRooms: 256,
  maxMembersPerRoom: defaultRoomLimits.maxMembers,
  historyLimit: defaultRoomLimits.historyLimit,
  messagesPerSecond: 10,
};

/** What is known of one connection. */
interface Visitor<Member> {
  room: Room<Member> | undefined;
  says: TokenBucket;
  /** Counts joins and mistakes, apart from `says`: who was refused may still speak. */
  others: TokenBucket;
}

/** Everybody who is connected, and all rooms. `Member` stands for a connection. */
export class Chat<Member> {
  readonly #limits: ChatLimits;
  readonly #rooms: RoomDirectory<Member>;
  readonly #visitors: Map<Member, Visitor<Member>>;

  /** Throws a RangeError for a limit that is not a whole number from 1. */
  constructor(limits: Partial<ChatLimits> = {}) {
    this.#limits = { ...defaultChatLimits, ...limits };
    for (const [name, value] of Object.entries(this.#limits)) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`${name} must be a whole number from 1, got ${value}`);
      }
    }
    const { maxRooms, maxMembersPerRoom: maxMembers, historyLimit } = this.#limits;
    this.#rooms = new RoomDirectory(maxRooms, { maxMembers, historyLimit });
    this.#visitors = new Map();
  }

  /** How many rooms there are, those that are only remembered included. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** The room that somebody is in. */
  roomOf(member: Member): Room<Member> | undefined {
    return this.#visitors.get(member)?.room;
  }

  /** A connection was made; it is in no room yet. */
  enter(member: Member): void {
    const rate = this.#limits.messagesPerSecond;
    const bucket = () => new TokenBucket(rate, rate);
    this.#visitors.set(member, { room: undefined, says: bucket(), others: bucket() });
  }

  /** A connection is gone. Safe to call again. */
  leave(member: Member): Delivery<Member>[] {
    const visitor = this.#visitors.get(member);
    if (visitor === undefined) return [];
    this.#visitors.delete(member);
    return this.#leaveRoom(member, visitor);
  }

  /** A connection sent this, as `parseClientMessage` read it: a message, or the error to answer. */
  receive(member: Member, message: ClientMessage | ErrorMessage, now: Date): Delivery<Member>[] {
    const visitor = this.#visitors.get(member);
    assert(visitor !== undefined, 'only those who entered can send');
    const bucket = message.type === 'say' ? visitor.says : visitor.others;
    if (!bucket.take(now.getTime())) {
      const id = message.type === 'join' ? undefined : message.id;
      const rate = this.#limits.messagesPerSecond;
      const rule = `expected at most ${rate} messages a second`;
      return answer(member, refusal('rate-limited', rule, id));
    }
    if (message.type === 'join') return this.#join(member, visitor, message);
    if (message.type === 'say') return this.#say(member, visitor, message, now);
    return answer(member, message);
  }

  #join(member: Member, visitor: Visitor<Member>, message: JoinMessage): Delivery<Member>[] {
    const room = this.#rooms.open(message.room);
    if (room === undefined) {
      return answer(member, refusal('too-many-rooms', 'there are as many rooms as there can be'));
    }
    const refused = room.refusalOf(member, message.name);
    if (refused !== undefined) return answer(member, refused);
    const before = visitor.room === room ? [] : this.#leaveRoom(member, visitor);
    visitor.room = room;
    const after = room.join(member, message.name);
    this.#rooms.update(room);
    return [...before, ...after];
  }

  #say(
    member: Member,
    { room }: Visitor<Member>,
    { id, text }: SayMessage,
    now: Date,
  ): Delivery<Member>[] {
    if (room !== undefined) return room.say(member, id, text, now);
    return answer(member, refusal('not-joined', 'expected a join before the first say', id));
  }

  #leaveRoom(member: Member, visitor: Visitor<Member>): Delivery<Member>[] {
    const { room } = visitor;
    if (room === undefined) return [];
    visitor.room = undefined;
    const deliveries = room.leave(member);
    this.#rooms.update(room);
    return deliveries;
  }
}

function answer<Member>(member: Member, message: ErrorMessage): Delivery<Member>[] {
  return [{ to: 'member', member, message }];
}
