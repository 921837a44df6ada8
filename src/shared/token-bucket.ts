/**
 * How often somebody may do something: a token bucket.
 *
 * Spec      the token bucket of traffic shaping (RFC 2697 §3 describes one)
 * Next      chat/chat.ts - messages of a member; websocket/peer-rate.ts - messages of a peer
 * Left out  timers: the bucket is filled when it is asked, by the clock it is handed
 */

/**
 * Every act takes a token, or as many as it weighs; `perSecond` tokens come back each second, up to
 * `capacity`.
 */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  /** Thousandths of a token: whole milliseconds give whole numbers. 0 to capacity * 1000. */
  #credit: number;
  #filledAtMs: number | undefined;

  /** A full bucket. Throws a RangeError for numbers that are not positive. */
  constructor(capacity: number, perSecond: number) {
    if (!(capacity >= 1)) throw new RangeError(`capacity must be at least 1, got ${capacity}`);
    if (!(perSecond > 0)) throw new RangeError(`perSecond must be positive, got ${perSecond}`);
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#credit = capacity * 1000;
    this.#filledAtMs = undefined;
  }

  /**
   * Takes `count` tokens, and says whether they were there. A refused act costs nothing; one that
   * weighs more than the capacity takes a full bucket.
   */
  take(nowMs: number, count = 1): boolean {
    this.#fill(nowMs);
    const cost = Math.min(count, this.#capacity) * 1000;
    if (this.#credit < cost) return false;
    this.#credit -= cost;
    return true;
  }

  #fill(nowMs: number): void {
    // A clock that was set back gives nothing, and takes nothing away.
    const elapsedMs = Math.max(0, nowMs - (this.#filledAtMs ?? nowMs));
    this.#credit = Math.min(this.#capacity * 1000, this.#credit + elapsedMs * this.#perSecond);
    this.#filledAtMs = nowMs;
  }
}
