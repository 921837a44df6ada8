/**
 * One message to many sockets: its frame encoded once, the same order for all.
 *
 * Spec      RFC 6455 §5.1: frames of a server are not masked, so one frame is right for everybody
 * Next      chat-service.ts - has one of these for each room
 * Left out  rooms, names, history: this works with nothing but WebSockets
 *
 *   const broadcaster = new Broadcaster();
 *   server.on('connection', (socket) => {
 *     broadcaster.add(socket);                       // goes by itself when the socket closes
 *     socket.on('message', (data) => broadcaster.broadcast(data.toString()));
 *   });
 *
 * Sending may run code that broadcasts again - a close listener, say - before the first message has
 * reached everybody. The second then finishes the first before it begins: all members see messages
 * in the order of the calls.
 */
import { PreparedMessage } from '../../websocket/index.ts';
import { defaultMaxQueuedBytes } from '../delivery-policy.ts';
import { deliver } from './deliver.ts';
import type { ReceivingSocket } from './deliver.ts';

/** A WebSocket, seen from here. */
export interface BroadcastSocket extends ReceivingSocket {
  on(event: 'close', listener: () => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

export interface BroadcasterOptions {
  /** A member that holds more unsent bytes than this is closed with 1013. Default 1 MiB. */
  maxQueuedBytes?: number;
  /** Called for each member that a message could not be given to; it is no member any more. */
  onDropped?: (socket: BroadcastSocket) => void;
}

/** How a broadcast went: members that were given the message, and members that are gone for it. */
export interface BroadcastResult {
  delivered: number;
  dropped: number;
}

/** A broadcast that has not reached everybody. */
interface Run extends BroadcastResult {
  message: PreparedMessage;
  except: BroadcastSocket | undefined;
  /** Those who are still to be given the message. */
  rest: Iterator<BroadcastSocket>;
}

/** A set of WebSockets that are sent the same messages in the same order. */
export class Broadcaster {
  readonly #maxQueuedBytes: number;
  readonly #onDropped: ((socket: BroadcastSocket) => void) | undefined;
  /** The members, each with its close listener. */
  readonly #members: Map<BroadcastSocket, () => void>;
  /** Broadcasts under way, the first called first; all but the first have not begun. */
  readonly #runs: Run[];

  /** Throws a RangeError if `maxQueuedBytes` is negative or no number. */
  constructor(options: BroadcasterOptions = {}) {
    const { maxQueuedBytes = defaultMaxQueuedBytes, onDropped } = options;
    if (!(maxQueuedBytes >= 0)) {
      throw new RangeError(`maxQueuedBytes must not be negative, got ${maxQueuedBytes}`);
    }
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onDropped = onDropped;
    this.#members = new Map();
    this.#runs = [];
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Makes a socket a member until it closes or is removed. Adding it again changes nothing. */
  add(socket: BroadcastSocket): void {
    // A newcomer must not get the end of a broadcast that began before it came.
    this.#finishRuns();
    if (this.#members.has(socket)) return;
    const onClose = () => this.remove(socket);
    this.#members.set(socket, onClose);
    socket.on('close', onClose);
  }

  /** Ends a membership; the connection stays as it is. Returns whether there was one. */
  remove(socket: BroadcastSocket): boolean {
    const onClose = this.#members.get(socket);
    if (onClose !== undefined) socket.off('close', onClose);
    return this.#members.delete(socket);
  }

  /**
   * Sends a text (string) or binary (bytes) message to every member but `except`. Members that are
   * too slow are closed with 1013 and dropped, and so are those whose connection is not open any
   * more.
   */
  broadcast(
    data: string | Uint8Array | PreparedMessage,
    options: { except?: BroadcastSocket | undefined } = {},
  ): BroadcastResult {
    const message = data instanceof PreparedMessage ? data : new PreparedMessage(data);
    const rest = this.#members.keys();
    const run: Run = { message, except: options.except, rest, delivered: 0, dropped: 0 };
    this.#runs.push(run);
    this.#finishRuns();
    return { delivered: run.delivered, dropped: run.dropped };
  }

  /**
   * Takes the broadcasts under way to their ends, from wherever they are. The iterators are shared:
   * whoever was in this loop further up the stack finds nothing left to do. Members that were
   * removed meanwhile are not visited, as a Map's iterator promises.
   */
  #finishRuns(): void {
    for (let run = this.#runs[0]; run !== undefined; run = this.#runs[0]) {
      for (let next = run.rest.next(); next.done !== true; next = run.rest.next()) {
        if (next.value !== run.except) this.#sendTo(next.value, run);
      }
      if (this.#runs[0] === run) this.#runs.shift();
    }
  }

  #sendTo(socket: BroadcastSocket, run: Run): void {
    if (deliver(socket, run.message, this.#maxQueuedBytes)) {
      run.delivered++;
      return;
    }
    run.dropped++;
    this.remove(socket);
    this.#onDropped?.(socket);
  }
}
