/**
 * One message to many connections, its frame encoded once.
 *
 * Spec      RFC 6455 §5.1: a server does not mask, so one frame is right for every client
 * Next      prepared-message.ts - the frame; io/server.ts - whose clients these are
 * Left out  rooms, and the order of broadcasts made within broadcasts: chat/io/broadcaster.ts
 */
import { PreparedMessage } from './prepared-message.ts';

/** What a message can be made of, or one that was made before. */
export type BroadcastData = ConstructorParameters<typeof PreparedMessage>[0] | PreparedMessage;

/** A connection, seen from here. `send` says what became of the message. */
export interface BroadcastTarget {
  readonly readyState: number;
  send(message: PreparedMessage, options?: { compress?: boolean | undefined }): unknown;
}

/** How a broadcast is done. */
export interface BroadcastOptions<Target = BroadcastTarget> {
  /** A connection, or several, that do not get the message. */
  except?: Target | Iterable<Target> | undefined;
  /** Send bytes as text (false) or text as binary (true). Default: strings as text. */
  binary?: boolean | undefined;
  /** Whether it may be compressed for those who agreed on that. Default true. */
  compress?: boolean | undefined;
}

/** What became of the copies; connections that are not open are in none of the three. */
export interface BroadcastResult {
  /** Handed to the transport. */
  sent: number;
  /** Waiting behind a peer that reads slowly. */
  queued: number;
  /** Lost to a full send queue. */
  dropped: number;
}

const open = 1;

/** Sends one message to every target that is open, but for the exceptions. */
export function broadcast<Target extends BroadcastTarget>(
  targets: Iterable<Target>,
  data: BroadcastData,
  options: BroadcastOptions<Target> = {},
): BroadcastResult {
  const { binary, except, compress } = options;
  const message = prepare(data, binary);
  const excepted = new Set(exceptions(except));
  const result = { sent: 0, queued: 0, dropped: 0 };
  // A copy: sending may close a connection, and so change what we go through.
  for (const target of [...targets]) {
    if (target.readyState !== open || excepted.has(target)) continue;
    const fate = compress === undefined ? target.send(message) : target.send(message, { compress });
    if (fate === 'queued' || fate === 'dropped') result[fate]++;
    else result.sent++;
  }
  return result;
}

function prepare(data: BroadcastData, binary: boolean | undefined): PreparedMessage {
  if (data instanceof PreparedMessage) return data;
  return new PreparedMessage(data, binary === undefined ? {} : { binary });
}

function exceptions<Target extends BroadcastTarget>(
  except: Target | Iterable<Target> | undefined,
): Iterable<Target> {
  if (except === undefined) return [];
  return Symbol.iterator in except ? except : [except];
}
