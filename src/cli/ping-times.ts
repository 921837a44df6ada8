/**
 * How long pings took: which pong answers which ping.
 *
 * Spec      RFC 6455 §5.5.3 a pong carries what its ping did; of several, only the last may be
 *           answered
 * Next      connect-session.ts - sends and hears them
 * Left out  the pings of the heartbeat, whose pongs the connection keeps to itself
 */

/** The pings that are on their way. Times are readings of one clock, in milliseconds. */
export class PingTimes {
  #count = 0;
  #waiting: { payload: string; sentAtMs: number }[] = [];

  /** Notes a ping that is sent now; the answer is what it carries: a number if nothing is given. */
  sent(payload: string | undefined, nowMs: number): string {
    const carried = payload ?? String(++this.#count);
    this.#waiting.push({ payload: carried, sentAtMs: nowMs });
    return carried;
  }

  /** How long the ping took that this pong answers; undefined if nobody asked for it. */
  answered(payload: string, nowMs: number): number | undefined {
    const index = this.#waiting.findIndex((ping) => ping.payload === payload);
    if (index === -1) return undefined;
    const { sentAtMs } = this.#waiting[index]!;
    this.#waiting.splice(0, index + 1);
    return nowMs - sentAtMs;
  }

  /** The connection is gone, and with it every answer. */
  forget(): void {
    this.#waiting = [];
  }
}
