/**
 * The messages of one connection on their way through zlib: in order, one at a time.
 *
 * Spec      RFC 7692 §7.2.1: messages that share a window are compressed in the order of sending
 * Next      compressor.ts and decompressor.ts - a queue each
 * Left out  what is done with a job
 */
import type { Limiter } from './limiter.ts';

/** Jobs in order; the first is at work, or waits for a place among those of other connections. */
export class WorkQueue<Job> {
  readonly #limiter: Limiter;
  readonly #begin: (job: Job) => void;
  #jobs: (Job | undefined)[];
  /** Where the queue begins in the array: taking from its front costs nothing then. */
  #head: number;
  #active: Job | undefined;
  #closed: boolean;

  /** `begin` is called for each job in turn, whose end is told with `finish`. */
  constructor(limiter: Limiter, begin: (job: Job) => void) {
    this.#limiter = limiter;
    this.#begin = begin;
    this.#jobs = [];
    this.#head = 0;
    this.#active = undefined;
    this.#closed = false;
  }

  /** How many jobs are not finished. */
  get length(): number {
    return this.#jobs.length - this.#head;
  }

  /** The job that has begun and is not finished. */
  get active(): Job | undefined {
    return this.#active;
  }

  /** The job that was added last, unless it is finished. */
  get last(): Job | undefined {
    return this.#jobs[this.#jobs.length - 1];
  }

  /** Adds a job at the end. Nothing happens once the queue is closed. */
  add(job: Job): void {
    if (this.#closed) return;
    this.#jobs.push(job);
    if (this.length === 1) this.#limiter.enter(this);
  }

  /** The active job is done. The next one waits behind those of other connections. */
  finish(): void {
    this.#active = undefined;
    this.#jobs[this.#head++] = undefined;
    if (this.#head === this.#jobs.length) {
      this.#jobs = [];
      this.#head = 0;
    } else if (this.#head >= 256 && this.#head * 2 >= this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#head);
      this.#head = 0;
    }
    this.#limiter.leave(this);
    if (this.length > 0) this.#limiter.enter(this);
  }

  /** Forgets all jobs and gives the place to others; no job begins any more. */
  close(): void {
    this.#closed = true;
    this.#active = undefined;
    this.#jobs = [];
    this.#head = 0;
    this.#limiter.leave(this);
  }

  /** For the limiter: there is a place. */
  start(): void {
    this.#active = this.#jobs[this.#head];
    if (this.#active !== undefined) this.#begin(this.#active);
  }
}
