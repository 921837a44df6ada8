/**
 * A client that connects again: one WebSocket after the other behind one object.
 *
 * Spec      RFC 6455 §7.2.3 recovering from abnormal closure
 * Next      ../reconnect-policy.ts - decides whether and when; connection.ts - one connection
 * Left out  messages sent meanwhile: `send` says that they are dropped
 *
 *   connect --> open --> closed --> decide --> wait --> connect ...      `reconnecting`
 *      '-------> error --'            '-----> stop                       `stopped`
 */
import { EventEmitter } from 'node:events';
import { parseAddress } from '../address.ts';
import { encodeClosePayload } from '../close-frame.ts';
import { CloseCode } from '../constants.ts';
import { HandshakeError } from '../handshake-error.ts';
import type { SendResult } from '../message-sender.ts';
import {
  checkReconnectPolicy,
  codeOf,
  decideReconnect,
  parseRetryAfter,
  reconnectDefaults,
} from '../reconnect-policy.ts';
import type { ConnectionEnd, ReconnectPolicy } from '../reconnect-policy.ts';
import type { SendCallback } from '../send-queue.ts';
import type { Sendable } from '../sendable.ts';
import type { ClientOptions } from './client-options.ts';
import { WebSocket } from './connection.ts';
import type { SendOptions } from './send.ts';

/** A value, or a function that is asked for a fresh one before each attempt. */
export type FreshValue<T> = T | (() => T | Promise<T>);

/** Time as a reconnecting client sees it; tests bring their own. */
export interface ReconnectClock {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Options of `reconnecting`; all others are those of each connection. */
export interface ReconnectOptions
  extends Omit<ClientOptions, 'headers' | 'protocols'>, ReconnectPolicy {
  headers?: FreshValue<NonNullable<ClientOptions['headers']>>;
  protocols?: FreshValue<string | readonly string[]>;
  /** Milliseconds after which a connection is good: attempts count from 0. Default 10,000. */
  stableAfterMs?: number;
  clock?: ReconnectClock;
  /** Numbers in [0, 1). Default Math.random. */
  random?: () => number;
}

/** What is coming: the how-manieth attempt since the last good connection, when, and why. */
export interface ReconnectingEvent {
  /** From 1. */
  attempt: number;
  delayMs: number;
  /** A close code, an HTTP status, or the code of an error. */
  code: number | string;
}

/** What a reconnecting client emits. */
export interface ReconnectEvents {
  open: [];
  message: [data: Buffer, isBinary: boolean];
  close: [code: number, reason: Buffer];
  error: [error: Error];
  reconnecting: [event: ReconnectingEvent];
  stopped: [reason: string];
}

const closedByProgram = 'the program closed it';

const realClock: ReconnectClock = {
  now: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/**
 * Connects, and again whenever the connection ends, until `close` or a rule says stop. `url` may be
 * a function that is asked before each attempt: for a fresh token, or another server.
 * Throws as `new WebSocket` does, for an address that is given as such.
 */
export function reconnecting(
  url: FreshValue<string | URL>,
  options: ReconnectOptions = {},
): ReconnectingWebSocket {
  return new ReconnectingWebSocket(url, options);
}

/**
 * A client that reconnects; see `reconnecting`.
 *
 * Events: `open`, `message (data, isBinary)`, `close (code, reason)` for each connection, `error
 * (Error)` if somebody listens, `reconnecting ({ attempt, delayMs, code })`, and once and last
 * `stopped (reason)`.
 */
export class ReconnectingWebSocket extends EventEmitter<ReconnectEvents> {
  readonly #url: FreshValue<string | URL>;
  readonly #options: ReconnectOptions;
  readonly #clock: ReconnectClock;
  #socket: WebSocket | undefined;
  /** The connection whose messages come through here. */
  #forwarded: WebSocket | undefined;
  /** The one timer: until the next attempt, or until the connection counts as good. */
  #timer: unknown;
  #attempt = 0;
  #state: 'running' | 'closing' | 'stopped' = 'running';

  constructor(url: FreshValue<string | URL>, options: ReconnectOptions = {}) {
    super();
    checkReconnectPolicy(options);
    if (typeof url !== 'function') parseAddress(url);
    // Messages that come before somebody listens wait in their connection, as long as we do not.
    (this as EventEmitter).on('newListener', (name) => {
      if (name === 'message' && this.listenerCount('message') === 0) this.#forward(this.#socket);
    });
    this.#url = url;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
    void this.#connect();
  }

  /** The connection at hand, also while it is being made; undefined between two. */
  get socket(): WebSocket | undefined {
    return this.#socket;
  }

  /** OPEN 1 while there is a connection; CONNECTING 0 before and between; CLOSING 2; CLOSED 3. */
  get readyState(): 0 | 1 | 2 | 3 {
    if (this.#state === 'stopped') return WebSocket.CLOSED;
    if (this.#state === 'closing') return WebSocket.CLOSING;
    return this.#socket?.readyState === WebSocket.OPEN ? WebSocket.OPEN : WebSocket.CONNECTING;
  }

  /**
   * Sends on the connection at hand, and returns what its `send` does; without one the message is
   * 'dropped', and the callback gets an error. Nothing waits for the next connection: what is right
   * after a pause, only the program knows.
   */
  send(data: Sendable, callback?: SendCallback): SendResult;
  send(data: Sendable, options?: SendOptions, callback?: SendCallback): SendResult;
  send(data: Sendable, second?: SendOptions | SendCallback, third?: SendCallback): SendResult {
    const callback = typeof second === 'function' ? second : third;
    const options = typeof second === 'object' ? second : undefined;
    const socket = this.#socket;
    if (this.readyState === WebSocket.OPEN && socket !== undefined) {
      return socket.send(data, options, callback);
    }
    const closed = new Error('there is no open connection');
    if (callback !== undefined) process.nextTick(callback, closed);
    return 'dropped';
  }

  /**
   * Closes the connection at hand and makes no other. `stopped` follows, after the `close` of that
   * connection. Throws as the `close` of a connection does.
   */
  close(code?: number, reason?: string | Uint8Array): void {
    encodeClosePayload(code, reason);
    if (this.#state !== 'running') return;
    this.#state = 'closing';
    this.#clock.clearTimeout(this.#timer);
    if (this.#socket !== undefined) this.#socket.close(code, reason);
    else process.nextTick(() => this.#stop(closedByProgram));
  }

  async #connect(): Promise<void> {
    const { stableAfterMs: _1, clock: _2, random: _3, ...others } = this.#options;
    const { baseDelayMs: _4, maxDelayMs: _5, rules: _6, ...own } = others;
    const asked = [fresh(this.#url), fresh(own.protocols ?? []), fresh(own.headers ?? {})] as const;
    let answers;
    try {
      answers = await Promise.all(asked);
    } catch (error) {
      // What a function of the program could not find out now, it may the next time.
      const failure = toError(error);
      return this.#neverStarted(failure, { kind: 'failed', code: errorCode(failure) });
    }
    if (this.#state !== 'running') return;
    const [url, protocols, headers] = answers;
    const offered = typeof protocols === 'string' ? [protocols] : protocols;
    try {
      this.#socket = new WebSocket(url, offered, { ...own, protocols: [], headers });
    } catch (error) {
      // A wrong address or header stays wrong however long we wait.
      return this.#neverStarted(toError(error), undefined);
    }
    this.#listen(this.#socket);
  }

  #listen(socket: WebSocket): void {
    let failure: Error | undefined;
    socket.on('open', () => {
      const { stableAfterMs = reconnectDefaults.stableAfterMs } = this.#options;
      this.#timer = this.#clock.setTimeout(() => (this.#attempt = 0), stableAfterMs);
      this.emit('open');
    });
    if (this.listenerCount('message') > 0) this.#forward(socket);
    socket.on('error', (error) => {
      failure = error;
      this.#report(error);
    });
    socket.on('close', (code, reason) => {
      this.#clock.clearTimeout(this.#timer);
      this.#socket = undefined;
      try {
        this.emit('close', code, reason);
      } finally {
        this.#ended(this.#endOf(code, failure));
      }
    });
  }

  #forward(socket: WebSocket | undefined): void {
    // Not in the turn of `on`: our listener is not there yet.
    process.nextTick(() => {
      if (socket === undefined || socket === this.#forwarded) return;
      this.#forwarded = socket;
      socket.on('message', (data, isBinary) => void this.emit('message', data, isBinary));
    });
  }

  /** No connection was begun, so that no `close` follows. Without an end that is it. */
  #neverStarted(error: Error, end: ConnectionEnd | undefined): void {
    if (this.#state !== 'running') return;
    try {
      this.#report(error);
    } finally {
      if (end === undefined) this.#stop(error.message);
      else this.#ended(end);
    }
  }

  #report(error: Error): void {
    // Reconnecting is the answer to an error; who wants to know may listen.
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  #endOf(code: number, failure: Error | undefined): ConnectionEnd {
    if (code !== CloseCode.abnormal || failure === undefined) return { kind: 'closed', code };
    if (failure instanceof HandshakeError && failure.code === 'ERR_WS_UNEXPECTED_STATUS') {
      const header = failure.headers?.['retry-after'];
      const retryAfterMs =
        typeof header === 'string' ? parseRetryAfter(header, this.#clock.now()) : undefined;
      return { kind: 'refused', status: failure.status ?? 0, retryAfterMs };
    }
    return { kind: 'failed', code: errorCode(failure) };
  }

  #ended(end: ConnectionEnd): void {
    if (this.#state !== 'running') return this.#stop(closedByProgram);
    const random = (this.#options.random ?? Math.random)();
    const decision = decideReconnect(end, this.#attempt, random, this.#options);
    if (decision.kind === 'stop') return this.#stop(decision.reason);
    this.#attempt++;
    const { delayMs } = decision;
    this.#timer = this.#clock.setTimeout(() => void this.#connect(), delayMs);
    const code = end.kind === 'failed' ? end.code : Number(codeOf(end));
    this.emit('reconnecting', { attempt: this.#attempt, delayMs, code });
  }

  #stop(reason: string): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#clock.clearTimeout(this.#timer);
    this.emit('stopped', reason);
  }
}

async function fresh<T>(value: FreshValue<T>): Promise<T> {
  return typeof value === 'function' ? (value as () => T | Promise<T>)() : value;
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function errorCode(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : error.name;
}
