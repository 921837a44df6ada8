/**
 * How many connections a server holds, in all and for each address.
 *
 * Spec      RFC 9110 §15.6.4 503; RFC 6585 §4 429
 * Next      io/server.ts - asks before a handshake, and tells when its socket has closed
 * Left out  which address a client has behind a proxy: the program knows
 *
 * A handshake under way counts as a connection, or slow ones would not be limited at all.
 */

/** The bounds; what is not given is not bounded. */
export interface ConnectionLimitOptions {
  maxConnections?: number | undefined;
  maxConnectionsPerAddress?: number | undefined;
}

/** Counts those who are in. */
export class ConnectionLimits {
  #total: number;
  readonly #byAddress: Map<string, number>;

  constructor() {
    this.#total = 0;
    this.#byAddress = new Map();
  }

  /** How many are in. */
  get size(): number {
    return this.#total;
  }

  /**
   * Lets one in, or says which limit is reached. Who has no address counts in all, but for no
   * address.
   */
  enter(
    address: string | undefined,
    limits: ConnectionLimitOptions,
  ): 'entered' | 'all full' | 'address full' {
    const { maxConnections = Infinity, maxConnectionsPerAddress = Infinity } = limits;
    if (this.#total >= maxConnections) return 'all full';
    if (address !== undefined) {
      const before = this.#byAddress.get(address) ?? 0;
      if (before >= maxConnectionsPerAddress) return 'address full';
      this.#byAddress.set(address, before + 1);
    }
    this.#total++;
    return 'entered';
  }

  /** Lets one out who was let in with this address. */
  leave(address: string | undefined): void {
    this.#total--;
    if (address === undefined) return;
    const rest = (this.#byAddress.get(address) ?? 0) - 1;
    // An address without connections leaves nothing behind.
    if (rest > 0) this.#byAddress.set(address, rest);
    else this.#byAddress.delete(address);
  }
}

/** One spelling for each address: an IPv4 one that came in over IPv6 is still that IPv4 one. */
export function normalizeAddress(address: string): string {
  const lower = address.toLowerCase();
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(lower) ? lower.slice('::ffff:'.length) : lower;
}
