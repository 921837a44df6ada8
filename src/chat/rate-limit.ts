/**
 * How often somebody may do something: a token bucket.
 *
 * Spec      the token bucket of traffic shaping (RFC 2697 §3 describes one)
 * Next      chat.ts - gives each connection two of them
 * Left out  timers: the bucket is filled when it is asked, by the clock it is handed
 */

/** Every act takes a token; `perSecond` tokens come back each second, up to `capacity`. */
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

  /** Takes a token, and says whether there was one. A refused act costs nothing. */
  take(nowMs: number): boolean {
    this.#fill(nowMs);
    if (this.#credit < 1000) return false;
    this.#credit -= 1000;
    return true;
  }

  #fill(nowMs: number): void {
    // A clock that was set back gives nothing, and takes nothing away.
    const elapsedMs = Math.max(0, nowMs - (this.#filledAtMs ?? nowMs));
    this.#credit = Math.min(this.#capacity * 1000, this.#credit + elapsedMs * this.#perSecond);
    this.#filledAtMs = nowMs;
  }
}
