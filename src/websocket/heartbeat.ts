/**
 * Whether the peer still lives: when to ping it, and when to give it up.
 *
 * Spec      RFC 6455 §5.5.2 Ping ("a keepalive, or a means to verify that the peer is responsive")
 * Next      io/heartbeat-timer.ts - asks at the right time and does what is decided
 * Left out  timers and the clock, which arrive as arguments: milliseconds that never go backwards
 *
 *   quiet --interval--> ping --timeout, nothing heard--> dead
 *     ^                   |
 *     '--- a byte of it ---'
 *
 * Two things look like a dead peer and are none: we did not read (the deadline stands still), and
 * this process was too busy to look (the deadline moves on by as much as we were late; only until
 * that makes up a whole timeout, or a process that is always late would find nobody dead).
 */

/** What the owner does now: wait until `dueMs`, send a ping with `pingPayload`, or give up. */
export type HeartbeatDecision = 'wait' | 'ping' | 'dead';

/** A timer that is later than this was held up by a busy process, and not just by its own grain. */
const stallMs = 100;

/** The heartbeat of one connection. */
export class Heartbeat {
  /** Set by the owner for every chunk that arrives: every byte is life. */
  heard = false;
  /** How long the last ping took to come back, in milliseconds; undefined before the first did. */
  roundTripTimeMs: number | undefined;
  /** What the ping at hand carries, and its pong must. */
  readonly pingPayload: Buffer = Buffer.alloc(4);

  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #dueMs: number;
  /** When the next ping goes out, and by when the peer must have been heard after the last. */
  #pingDueMs: number;
  #deadlineMs = 0;
  /** By how much the deadline has moved on because we were late. */
  #grantedMs = 0;
  #sentAtMs = 0;
  #awaitsLife = false;
  #pongMissing = false;
  /** Whether the peer was found silent once already: what arrived meanwhile gets read first. */
  #looked = false;
  #heldAtMs: number | undefined;

  constructor(intervalMs: number, timeoutMs: number, nowMs: number) {
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    this.#pingDueMs = nowMs + intervalMs;
    this.#dueMs = this.#pingDueMs;
  }

  /** When to decide next. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Decides, at or after `dueMs`. */
  decide(nowMs: number): HeartbeatDecision {
    if (this.#heldAtMs !== undefined) {
      this.#dueMs = nowMs + this.#timeoutMs;
      return 'wait';
    }
    if (nowMs < this.#dueMs) return 'wait';
    if (this.#awaitsLife && !this.heard) return this.#judgeSilence(nowMs);
    this.#awaitsLife = false;
    this.#dueMs = this.#pingDueMs;
    return nowMs < this.#dueMs ? 'wait' : this.#sendPing(nowMs);
  }

  /** A pong arrived; true if it answers our ping, and so is nobody else's. */
  pong(payload: Uint8Array, nowMs: number): boolean {
    if (!this.#pongMissing || Buffer.compare(payload, this.pingPayload) !== 0) return false;
    this.#pongMissing = false;
    this.roundTripTimeMs = nowMs - this.#sentAtMs;
    return true;
  }

  /** We stop reading: deadlines stand still. */
  hold(nowMs: number): void {
    this.#heldAtMs ??= nowMs;
  }

  /** We read on. */
  release(nowMs: number): void {
    if (this.#heldAtMs === undefined) return;
    const heldMs = nowMs - this.#heldAtMs;
    this.#heldAtMs = undefined;
    this.#pingDueMs += heldMs;
    this.#deadlineMs += heldMs;
    this.#looked = false;
    this.#dueMs = this.#awaitsLife ? this.#firstDueMs : this.#pingDueMs;
  }

  #sendPing(nowMs: number): HeartbeatDecision {
    this.heard = false;
    this.#awaitsLife = true;
    this.#looked = false;
    this.#pongMissing = true;
    this.#sentAtMs = nowMs;
    this.#pingDueMs = nowMs + this.#intervalMs;
    this.#deadlineMs = nowMs + this.#timeoutMs;
    this.#grantedMs = 0;
    this.#dueMs = this.#firstDueMs;
    this.pingPayload.writeUInt32BE((this.pingPayload.readUInt32BE(0) + 1) >>> 0, 0);
    return 'ping';
  }

  /** When to look after a ping: an interval shorter than the timeout wants the next ping first. */
  get #firstDueMs(): number {
    return Math.min(this.#pingDueMs, this.#deadlineMs);
  }

  #judgeSilence(nowMs: number): HeartbeatDecision {
    if (nowMs < this.#deadlineMs) {
      this.#dueMs = this.#deadlineMs;
      return 'wait';
    }
    const lateMs = nowMs - this.#dueMs;
    if (lateMs > stallMs && this.#grantedMs < this.#timeoutMs) {
      this.#grantedMs += lateMs;
      this.#looked = false;
      this.#deadlineMs = nowMs + lateMs;
      this.#dueMs = this.#deadlineMs;
      return 'wait';
    }
    if (this.#looked) return 'dead';
    this.#looked = true;
    this.#dueMs = nowMs + 1;
    return 'wait';
  }
}
