/**
 * Repeatable randomness for property tests.
 *
 * Spec      mulberry32, a 32-bit generator of the public domain
 * Next      any test that says "seed"
 * Left out  anything fit for secrets
 */
import type { TestContext } from 'node:test';

/** A generator whose whole sequence follows from its seed. */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** The next number in [0, 2^32). */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  /** One of the elements. */
  pick<T>(elements: readonly T[]): T {
    return elements[this.below(elements.length)] as T;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() & 0xff;
    return bytes;
  }
}

/**
 * A generator whose seed is printed with the test. `SEED=n` in the environment repeats a run.
 */
export function seededRandom(t: TestContext): SeededRandom {
  const given = process.env['SEED'];
  const seed = given === undefined ? (Date.now() ^ (process.pid << 16)) >>> 0 : Number(given);
  t.diagnostic(`seed ${seed} (repeat with SEED=${seed})`);
  return new SeededRandom(seed);
}
