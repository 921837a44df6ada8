/**
 * How much a peer may send: token buckets for messages, their bytes, and control frames.
 *
 * Spec      RFC 6455 §7.4.1: 1008, Policy Violation
 * Next      io/link.ts - asks for every message and control frame
 * Left out  sizes of single messages: `maxPayload`
 */
import { TokenBucket } from '../shared/index.ts';
import type { RateLimitOptions, RateOptions } from './connection-options.ts';
import { CloseCode } from './constants.ts';
import { WebSocketError } from './websocket-error.ts';

/** The buckets of one connection. */
export class PeerRate {
  readonly #messages: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;
  readonly #controlFrames: TokenBucket | undefined;

  /** Throws a RangeError for rates that are not positive. */
  constructor(options: RateLimitOptions) {
    this.#messages = bucketOf(options.messages);
    this.#bytes = bucketOf(options.bytes);
    this.#controlFrames = bucketOf(options.controlFrames);
  }

  /** A message of this many bytes: why it is too much, or undefined. */
  takeMessage(bytes: number, nowMs: number): WebSocketError | undefined {
    if (this.#messages?.take(nowMs) === false) return tooMuch('messages');
    if (this.#bytes?.take(nowMs, bytes) === false) return tooMuch('bytes');
    return undefined;
  }

  /** A ping or pong: why it is too much, or undefined. */
  takeControlFrame(nowMs: number): WebSocketError | undefined {
    return this.#controlFrames?.take(nowMs) === false ? tooMuch('control frames') : undefined;
  }
}

function bucketOf(options: RateOptions | undefined): TokenBucket | undefined {
  if (options === undefined) return undefined;
  return new TokenBucket(options.burst ?? Math.max(1, options.perSecond), options.perSecond);
}

function tooMuch(what: string): WebSocketError {
  const message = `expected fewer ${what} a second, got more than the limit`;
  return new WebSocketError('ERR_WS_RATE_LIMIT', message, '§7.4.1', CloseCode.policyViolation);
}
