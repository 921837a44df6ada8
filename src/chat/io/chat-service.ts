/**
 * The chat, connected to WebSockets.
 *
 * Spec      -
 * Next      whoever has a WebSocketServer: server.on('connection', (socket) => chat.accept(socket))
 * Left out  protocol rules: ../protocol.ts reads, ../chat.ts decides, this performs
 *
 *   message -> parseClientMessage -> Chat.receive -> deliveries -> deliver, Broadcaster
 *   close   ->                       Chat.leave   -> deliveries -> …
 *
 * Performing deliveries may make another socket close, whose leaving is to be told as well. Such
 * steps wait until the present one is done: one step after the other is what gives everybody one
 * order.
 */
import { WebSocket } from '../../websocket/index.ts';
import { Chat } from '../chat.ts';
import type { ChatLimits } from '../chat.ts';
import { defaultMaxQueuedBytes } from '../delivery-policy.ts';
import { parseClientMessage, serializeServerMessage } from '../protocol.ts';
import type { Delivery, Room } from '../room.ts';
import { Broadcaster } from './broadcaster.ts';
import type { BroadcastSocket } from './broadcaster.ts';
import { deliver } from './deliver.ts';

/** A WebSocket, seen from here. */
export interface ChatSocket extends BroadcastSocket {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
}

export interface ChatServiceOptions extends Partial<ChatLimits> {
  /** The clock, for the time of messages and for the rate limit. */
  now?: () => Date;
  /** A connection that holds more unsent bytes than this is closed with 1013. Default 1 MiB. */
  maxQueuedBytes?: number;
}

/** Rooms for any number of connections. It has no timer and nothing to close. */
export class ChatService {
  readonly #now: () => Date;
  readonly #maxQueuedBytes: number;
  readonly #chat: Chat<BroadcastSocket>;
  /** The members of each room, as the chat knows them. */
  readonly #broadcasters: WeakMap<Room<BroadcastSocket>, Broadcaster>;
  /** Steps that wait for the present one. */
  readonly #steps: (() => void)[];
  #isStepping: boolean;

  /** Throws a RangeError for a limit that makes no sense. */
  constructor(options: ChatServiceOptions = {}) {
    const { now = () => new Date(), maxQueuedBytes = defaultMaxQueuedBytes, ...limits } = options;
    this.#now = now;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#chat = new Chat(limits);
    this.#broadcasters = new WeakMap();
    this.#steps = [];
    this.#isStepping = false;
  }

  /** Takes over a connection: from now on its messages are the chat's. */
  accept(socket: ChatSocket): void {
    this.#chat.enter(socket);
    socket.on('message', (data, isBinary) => {
      const message = parseClientMessage(data, isBinary);
      this.#step(socket, () => {
        // Whoever is closing has left already, or was dropped as too slow.
        if (socket.readyState !== WebSocket.OPEN) return [];
        return this.#chat.receive(socket, message, this.#now());
      });
    });
    socket.on('close', () => this.#leave(socket));
    // A close follows each error; the listener keeps the emitter from throwing it.
    socket.on('error', () => {});
  }

  #leave(socket: BroadcastSocket): void {
    this.#step(socket, () => this.#chat.leave(socket));
  }

  /** Runs one change of the chat and tells everybody, after the changes that came before. */
  #step(socket: BroadcastSocket, change: () => Delivery<BroadcastSocket>[]): void {
    this.#steps.push(() => {
      const before = this.#chat.roomOf(socket);
      const deliveries = change();
      this.#follow(socket, before, this.#chat.roomOf(socket));
      for (const delivery of deliveries) this.#perform(delivery);
    });
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) step();
    } finally {
      this.#isStepping = false;
    }
  }

  /** Moves a socket to the broadcaster of the room it is in now. */
  #follow(
    socket: BroadcastSocket,
    before: Room<BroadcastSocket> | undefined,
    after: Room<BroadcastSocket> | undefined,
  ): void {
    if (before === after) return;
    if (before !== undefined) this.#broadcasterOf(before).remove(socket);
    if (after !== undefined) this.#broadcasterOf(after).add(socket);
  }

  #perform(delivery: Delivery<BroadcastSocket>): void {
    const data = serializeServerMessage(delivery.message);
    if (delivery.to === 'room') {
      this.#broadcasterOf(delivery.room).broadcast(data, { except: delivery.except });
    } else if (!deliver(delivery.member, data, this.#maxQueuedBytes)) {
      this.#leave(delivery.member);
    }
  }

  #broadcasterOf(room: Room<BroadcastSocket>): Broadcaster {
    let broadcaster = this.#broadcasters.get(room);
    if (broadcaster === undefined) {
      broadcaster = new Broadcaster({
        maxQueuedBytes: this.#maxQueuedBytes,
        // Gone for the others at once: its close may take as long as its reading did.
        onDropped: (socket) => this.#leave(socket),
      });
      this.#broadcasters.set(room, broadcaster);
    }
    return broadcaster;
  }
}
