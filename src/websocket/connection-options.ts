/**
 * What a connection may be told, the same for a server's and a client's; and the defaults.
 *
 * Spec      -; the names without a unit are those of npm ws, which programs already know
 * Next      io/connection.ts - heeds them; io/server.ts and io/client.ts - add their own
 * Left out  how a connection begins
 */
import { defaultMaxMessageBytes } from './constants.ts';
import type { Role } from './constants.ts';
import { memoryBudget } from './memory-budget.ts';
import type { PayloadCodec } from './payload-codec.ts';
import type { ProtocolOptions } from './protocol.ts';
import { checkDeflateOptions } from './deflate/options.ts';
import type { DeflateOptions } from './deflate/options.ts';

/** When a peer is asked whether it still lives; see ConnectionOptions. */
export interface HeartbeatOptions {
  /** Milliseconds between two pings. Default 25,000. */
  intervalMs?: number;
  /** Milliseconds after a ping within which any byte must arrive. Default 20,000. */
  timeoutMs?: number;
}

/** What happens to a message that does not fit the send queue any more. */
export type SendQueuePolicy = 'close' | 'drop-newest' | 'drop-oldest';

/** How much may wait behind a peer that reads slowly; see ConnectionOptions. */
export interface SendQueueOptions {
  /**
   * Bytes of messages that may wait, 200 for each besides its payload. One into an empty queue is
   * always taken, while `memoryBudget` lasts. Default 16 MiB.
   */
  maxBytes?: number;
  /** Close with 1013 (default), drop the message at hand, or drop those that wait longest. */
  policy?: SendQueuePolicy;
}

/** A token bucket: so many a second, and so many at once. */
export interface RateOptions {
  perSecond: number;
  /** How many may come at once. Default: those of one second. */
  burst?: number;
}

/** What a peer may send before it is closed with 1008. What is not given is not limited. */
export interface RateLimitOptions {
  messages?: RateOptions;
  /** Payload bytes of messages. */
  bytes?: RateOptions;
  /** Pings and pongs. */
  controlFrames?: RateOptions;
}

/** Options of a connection, whatever its role. */
export interface ConnectionOptions {
  /** The largest message taken, in bytes; 0: no limit, as in npm ws. Default 1 MiB. */
  maxPayload?: number;
  /** The most fragments of one message; 0 and the default: no limit, for they share one buffer. */
  maxFragments?: number;
  /** Taken as in npm ws; of several pings only the latest is answered while the peer is slow. */
  maxPendingAutoPongs?: number;
  /** Taken as in npm ws; no more than one chunk ever waits, so every limit is kept. */
  maxBufferedChunks?: number;
  /** Do not check that texts are UTF-8. Default false. */
  skipUTF8Validation?: boolean;
  /** Whether pings are answered. Default true. */
  autoPong?: boolean;
  /** Whether several messages of one chunk may be emitted in one turn. Default true. */
  allowSynchronousEvents?: boolean;
  /** Milliseconds that the closing handshake may take. Default 10,000. */
  closeTimeout?: number;
  /** Whether and how messages are compressed (RFC 7692). Default: not on a server. */
  perMessageDeflate?: boolean | DeflateOptions;
  /** Pings the peer and ends the connection when nothing comes back. Default true. */
  heartbeat?: boolean | HeartbeatOptions;
  /** What may wait to be sent, and what happens to more. */
  sendQueue?: SendQueueOptions;
  /** What the peer may send. Default: no limit but those on sizes. */
  rateLimit?: RateLimitOptions;
  /** Milliseconds from the first byte of a message to its last. Default 30,000. */
  messageTimeoutMs?: number;
  /** Milliseconds after which messages that nobody reads are discarded. Default 30,000. */
  readerTimeoutMs?: number;
}

const sendQueuePolicies: ReadonlySet<string> = new Set(['close', 'drop-newest', 'drop-oldest']);

/** What holds unless an option says otherwise. */
export const connectionDefaults = {
  maxPayload: defaultMaxMessageBytes,
  closeTimeout: 10_000,
  heartbeatIntervalMs: 25_000,
  heartbeatTimeoutMs: 20_000,
  sendQueueMaxBytes: 16 * 1024 * 1024,
  messageTimeoutMs: 30_000,
  readerTimeoutMs: 30_000,
  /** Bytes of messages that wait for their first reader before reading stops. */
  unreadMessageBytes: 64 * 1024,
} as const;

/** The longest time that a timer of Node's takes; it would run out at once after a longer one. */
const maxTimerMs = 2 ** 31 - 1;

/** Throws a RangeError or TypeError that names the first option which is no sensible value. */
export function checkConnectionOptions(options: ConnectionOptions): void {
  const { heartbeat, sendQueue, rateLimit } = options;
  checkNumber('maxPayload', options.maxPayload, 0);
  checkNumber('maxFragments', options.maxFragments, 0);
  checkNumber('closeTimeout', options.closeTimeout, 0, maxTimerMs);
  checkNumber('messageTimeoutMs', options.messageTimeoutMs, 0, maxTimerMs);
  checkNumber('readerTimeoutMs', options.readerTimeoutMs, 0, maxTimerMs);
  if (typeof heartbeat !== 'boolean') {
    checkObject('heartbeat', heartbeat, ['intervalMs', 'timeoutMs'], 'a boolean or an object');
    checkNumber('heartbeat.intervalMs', heartbeat?.intervalMs, 1, maxTimerMs);
    checkNumber('heartbeat.timeoutMs', heartbeat?.timeoutMs, 1, maxTimerMs);
  }
  checkObject('sendQueue', sendQueue, ['maxBytes', 'policy']);
  checkNumber('sendQueue.maxBytes', sendQueue?.maxBytes, 0);
  checkPolicy(sendQueue?.policy);
  checkDeflateOptions(options.perMessageDeflate);
  checkObject('rateLimit', rateLimit, ['messages', 'bytes', 'controlFrames']);
  checkRate('rateLimit.messages', rateLimit?.messages);
  checkRate('rateLimit.bytes', rateLimit?.bytes);
  checkRate('rateLimit.controlFrames', rateLimit?.controlFrames);
}

function checkNumber(name: string, value: unknown, least: number, most = Infinity): void {
  if (value === undefined) return;
  if (typeof value === 'number' && value >= least && value <= most) return;
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`option ${name} must be a number ${range}, got ${show(value)}`);
}

/** A limit that is misspelt would be none: what is not known is refused. */
function checkObject(
  name: string,
  value: unknown,
  keys: readonly string[],
  what = 'an object',
): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`option ${name} must be ${what}, got ${show(value)}`);
  }
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown === undefined) return;
  throw new TypeError(`option ${name}.${unknown} is unknown; ${name} has ${keys.join(', ')}`);
}

/** What came, as its author wrote it: a text, often of the environment, is not the number in it. */
function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function checkRate(name: string, rate: RateOptions | undefined): void {
  checkObject(name, rate, ['perSecond', 'burst']);
  if (rate === undefined) return;
  const { perSecond }: { perSecond: unknown } = rate;
  if (!(typeof perSecond === 'number' && perSecond > 0)) {
    throw new RangeError(
      `option ${name}.perSecond must be a positive number, got ${show(perSecond)}`,
    );
  }
  checkNumber(`${name}.burst`, rate.burst, 1);
}

function checkPolicy(policy: unknown): void {
  if (policy === undefined || (typeof policy === 'string' && sendQueuePolicies.has(policy))) return;
  const names = [...sendQueuePolicies].join(', ');
  throw new TypeError(`option sendQueue.policy must be one of ${names}, got ${String(policy)}`);
}

/** What the protocol is told, of what a connection is. */
export function protocolOptions(connection: {
  role: Role;
  nextMaskingKey: () => number;
  options: ConnectionOptions;
  codec: PayloadCodec | undefined;
}): ProtocolOptions {
  const { role, nextMaskingKey, options, codec } = connection;
  return {
    role,
    nextMaskingKey,
    codec,
    budget: memoryBudget,
    // As in npm ws, 0 is no limit.
    maxMessageBytes: (options.maxPayload ?? connectionDefaults.maxPayload) || Infinity,
    maxFragments: options.maxFragments || undefined,
    skipUtf8Validation: options.skipUTF8Validation ?? false,
    autoPong: options.autoPong ?? true,
    ...(options.sendQueue === undefined ? {} : { sendQueue: options.sendQueue }),
  };
}
