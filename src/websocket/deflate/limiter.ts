/**
 * How many messages of the whole process are at zlib at once.
 *
 * Spec      -; zlib works in Node's few threads, and contexts at work at once fragment the memory
 * Next      work-queue.ts - the messages of one connection, which enter one by one
 * Left out  priorities: who comes first is served first
 *
 *   enter -> [ the line, in order of arrival ] -> [ at work: at most `limit` ] -> leave
 *                          '---------------------------------------------------> leave
 */
import { deflateDefaults } from './options.ts';

/** Who wants to work. */
export interface Worker {
  /** Called once there is a place. */
  start(): void;
}

/** A line in front of a limited number of places. */
export class Limiter {
  #limit: number;
  readonly #atWork: Set<Worker>;
  /** In order of arrival; to leave costs nothing, however long it is. */
  readonly #line: Set<Worker>;

  constructor(limit: number) {
    this.#limit = limit;
    this.#atWork = new Set();
    this.#line = new Set();
  }

  /** How many may work at once. A higher limit lets in those who wait. */
  get limit(): number {
    return this.#limit;
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  /** How many are at work. */
  get running(): number {
    return this.#atWork.size;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Asks for a place, behind those who wait. May start the worker at once. */
  enter(worker: Worker): void {
    if (this.#atWork.has(worker)) return;
    this.#line.add(worker);
    this.#admit();
  }

  /** Gives up the place, at work or in the line; does nothing for who has none. */
  leave(worker: Worker): void {
    if (this.#line.delete(worker)) return;
    if (this.#atWork.delete(worker)) this.#admit();
  }

  #admit(): void {
    for (const worker of this.#line) {
      if (this.#atWork.size >= this.#limit) return;
      this.#line.delete(worker);
      this.#atWork.add(worker);
      worker.start();
    }
  }
}

/** The one limiter of the process: threads and memory are the process's too. */
export const zlibLimiter = new Limiter(deflateDefaults.concurrencyLimit);
