/**
 * The clock of a heartbeat: asks it when it is due, sends its pings, reports a dead peer.
 *
 * Spec      RFC 6455 §5.5.2 Ping
 * Next      heartbeat.ts - every decision
 * Left out  -
 */
import { performance } from 'node:perf_hooks';
import { connectionDefaults } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { Heartbeat } from '../heartbeat.ts';

/** What a heartbeat asks of its connection. */
export interface HeartbeatCalls {
  ping(payload: Buffer): void;
  dead(timeoutMs: number): void;
}

/** Runs one heartbeat until `stop`. Its timer keeps no process alive. */
export class HeartbeatTimer {
  readonly heartbeat: Heartbeat;
  readonly #timeoutMs: number;
  readonly #calls: HeartbeatCalls;
  #timer: NodeJS.Timeout | undefined;

  constructor(intervalMs: number, timeoutMs: number, calls: HeartbeatCalls) {
    this.#timeoutMs = timeoutMs;
    this.#calls = calls;
    this.heartbeat = new Heartbeat(intervalMs, timeoutMs, performance.now());
    this.#arm();
  }

  /** We stop reading: deadlines stand still. */
  hold(): void {
    this.heartbeat.hold(performance.now());
  }

  /** We read on. */
  release(): void {
    this.heartbeat.release(performance.now());
  }

  /** A pong arrived; true if it was ours. */
  pong(payload: Buffer): boolean {
    return this.heartbeat.pong(payload, performance.now());
  }

  /** No more pings and no verdict. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const waitMs = Math.max(1, Math.ceil(this.heartbeat.dueMs - performance.now()));
    this.#timer = setTimeout(HeartbeatTimer.#tick, waitMs, this).unref();
  }

  static #tick(timer: HeartbeatTimer): void {
    const decision = timer.heartbeat.decide(performance.now());
    if (decision === 'dead') return timer.#calls.dead(timer.#timeoutMs);
    timer.#arm();
    if (decision === 'ping') timer.#calls.ping(timer.heartbeat.pingPayload);
  }
}

/**
 * The heartbeat that the options ask for, running; undefined if they want none.
 */
export function startHeartbeat(
  option: ConnectionOptions['heartbeat'],
  calls: HeartbeatCalls,
): HeartbeatTimer | undefined {
  if (option === false) return undefined;
  const given = typeof option === 'object' ? option : {};
  const intervalMs = given.intervalMs ?? connectionDefaults.heartbeatIntervalMs;
  const timeoutMs = given.timeoutMs ?? connectionDefaults.heartbeatTimeoutMs;
  return new HeartbeatTimer(intervalMs, timeoutMs, calls);
}
