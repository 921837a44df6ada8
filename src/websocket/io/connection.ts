/**
 * A WebSocket connection as Node programs know it: an object with events, for both roles.
 *
 * Spec      RFC 6455 §7 closing; the names are those of npm ws and of the WHATWG interface
 * Next      protocol.ts - every rule; server.ts and client.ts - where connections come from
 * Left out  rules: this file feeds chunks in, writes the output, runs timers and emits events
 *
 *   socket 'data' --> protocol.receive --> events      one socket.write for all that they send
 *   send() -------> protocol.sendText ----> output     one socket.write at the end of the turn
 */
import { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseAddress } from '../address.ts';
import { connectionDefaults } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { CloseCode } from '../constants.ts';
import type { Role } from '../constants.ts';
import { FrameOutput } from '../output.ts';
import { PreparedMessage } from '../prepared-message.ts';
import { WebSocketProtocol } from '../protocol.ts';
import type { CloseOutcome } from '../protocol.ts';
import { connect } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import { nextMaskingKey } from './masking-keys.ts';

/** What `send` takes: text, bytes, or a message encoded before. */
export type Sendable = string | Uint8Array | ArrayBuffer | PreparedMessage;

/** Called when a message was handed to the operating system, or could not be. */
export type SendCallback = (error?: Error) => void;

/** What a connection needs to know of itself once its handshake is done. */
export interface Established {
  role: Role;
  socket: Duplex;
  /** Bytes that came in one chunk with the handshake. */
  head: Buffer;
  protocol: string;
  /** Draws the masking keys of a client instead of our own generator, as npm ws takes it. */
  generateMask?: ((mask: Buffer) => void) | undefined;
}

interface ConnectionEvents {
  open: [];
  message: [data: Buffer, isBinary: boolean];
  ping: [payload: Buffer];
  pong: [payload: Buffer];
  error: [error: Error];
  close: [code: number, reason: Buffer];
  upgrade: [response: IncomingMessage];
  redirect: [url: string, request: ClientRequest];
  'unexpected-response': [request: ClientRequest, response: IncomingMessage];
}

/** A server stops reading from a peer that leaves this many bytes of answers lying. */
const maxUnreadOutputBytes = 1024 * 1024;

/**
 * A WebSocket connection. `new WebSocket('wss://…')` is a client; a server's come with its
 * `connection` event.
 *
 * Events: `open`, `message (data: Buffer, isBinary)`, `ping`, `pong`, `error (Error)`, `close
 * (code, reason)`. A peer that breaks a rule is reported by `error` if somebody listens, and always
 * by `close` with 1006. A client that cannot connect emits `error`, then `close`.
 */
export class WebSocket extends EventEmitter<ConnectionEvents> {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  /** The address of a client, '' on a server. */
  url: string;

  readonly #options: ConnectionOptions;
  #readyState: 0 | 1 | 2 | 3 = WebSocket.CONNECTING;
  #subprotocol = '';
  #role: Role = 'client';
  #socket: Duplex | undefined;
  #protocol: WebSocketProtocol | undefined;
  #cancelConnect: (() => void) | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #outcome: CloseOutcome = { code: CloseCode.abnormal, reason: Buffer.alloc(0), wasClean: false };
  readonly #output = new FrameOutput();
  #callbacks: SendCallback[] = [];
  /** Whether the output is written soon anyway: at the end of this chunk or of this turn. */
  #flushComing = false;
  #pausedByCaller = false;
  #pausedByOutput = false;

  /**
   * @param address   `ws:` or `wss:` URL; null makes a connection that `establish` completes
   * @param protocols sub-protocols to offer, the preferred first
   * @param options   headers, TLS settings and limits; see ClientOptions
   *
   * Throws a SyntaxError for an address or sub-protocol that cannot be used.
   */
  constructor(
    address: string | URL | null,
    protocols: string | readonly string[] = [],
    options: ClientOptions = {},
  ) {
    super();
    this.#options = options;
    if (address === null) {
      this.url = '';
      return;
    }
    const url = parseAddress(address);
    this.url = url.href;
    const finish = options.finishRequest ?? ((request: ClientRequest) => request.end());
    const offered = typeof protocols === 'string' ? [protocols] : protocols;
    this.#cancelConnect = connect(url, offered, options, {
      finish: (request) => finish(request, this),
      upgrade: (response) => void this.emit('upgrade', response),
      redirect: (address, request) => void this.emit('redirect', (this.url = address), request),
      unexpectedResponse: (...both) => this.emit('unexpected-response', ...both),
      established: (established) => this.establish(established),
      failed: (error) => this.#connectFailed(error),
    });
  }

  /** CONNECTING 0, OPEN 1, CLOSING 2 or CLOSED 3. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  /** The sub-protocol that both sides agreed on, '' if none. */
  get protocol(): string {
    return this.#subprotocol;
  }

  /** Bytes of frames not yet handed to the operating system. */
  get bufferedAmount(): number {
    return this.#output.pendingBytes + (this.#socket?.writableLength ?? 0);
  }

  /** Whether the caller paused the connection. */
  get isPaused(): boolean {
    return this.#pausedByCaller;
  }

  /** Takes over a socket whose handshake is done. For servers, and handshakes made elsewhere. */
  establish(established: Established): void {
    const { role, socket, head, protocol } = established;
    this.#role = role;
    this.#socket = socket;
    this.#subprotocol = protocol;
    this.#cancelConnect = undefined;
    this.#readyState = WebSocket.OPEN;
    this.#protocol = new WebSocketProtocol(this.#createSink(), {
      role,
      maxMessageBytes: this.#options.maxPayload ?? connectionDefaults.maxPayload,
      nextMaskingKey,
    });
    if (socket instanceof Socket) socket.setNoDelay(true).setTimeout(0);
    // Chunks of a net or tls socket are ours to unmask in place; others may be somebody's.
    const own = socket instanceof Socket;
    socket.on('data', (chunk: Buffer) => this.#receive(own ? chunk : Buffer.from(chunk)));
    socket.on('end', () => this.#protocol?.receiveEnd());
    socket.on('drain', () => this.#drained());
    // Whatever breaks the transport shows as a close with 1006.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#socketClosed());
    if (head.length > 0) socket.unshift(head);
    if (role === 'client') this.emit('open');
  }

  /**
   * Sends a message: strings as text, bytes as binary. Bytes are copied before `send` returns. The
   * callback is called once the message was handed to the operating system, or with an error if it
   * never will be. On a connection that is closing or closed nothing is sent, and only the callback
   * tells.
   *
   * Throws an Error while connecting, and a TypeError for other data.
   */
  send(data: Sendable, callback?: SendCallback): void;
  send(data: Sendable, options: { binary?: boolean }, callback?: SendCallback): void;
  send(
    data: Sendable,
    optionsOrCallback: { binary?: boolean } | SendCallback = {},
    callback?: SendCallback,
  ): void {
    const isCallback = typeof optionsOrCallback === 'function';
    const options = isCallback ? {} : optionsOrCallback;
    const protocol = this.#protocol;
    const sent =
      protocol === undefined
        ? this.#neverOpened('send')
        : data instanceof PreparedMessage
          ? protocol.sendPrepared(data)
          : (options.binary ?? typeof data !== 'string')
            ? protocol.sendBinary(toBytes(data))
            : protocol.sendText(typeof data === 'string' ? data : toBytes(data));
    this.#wrote(sent, isCallback ? optionsOrCallback : callback);
  }

  /** Sends a ping of at most 125 bytes; throws as `send` does. */
  ping(payload: string | Uint8Array = '', callback?: SendCallback): void {
    this.#wrote(this.#protocol?.ping(toBytes(payload)) ?? this.#neverOpened('ping'), callback);
  }

  /** Sends a pong nobody asked for; pings are answered without it. Throws as `send` does. */
  pong(payload: string | Uint8Array = '', callback?: SendCallback): void {
    this.#wrote(this.#protocol?.pong(toBytes(payload)) ?? this.#neverOpened('pong'), callback);
  }

  /**
   * Begins the closing handshake; the `close` event follows when the transport is closed, at the
   * latest after the close timeout. While connecting, gives the attempt up.
   *
   * Throws a RangeError for a code other than 1000-1003, 1007-1014 or 3000-4999 and for a reason
   * over 123 bytes.
   */
  close(code?: number, reason?: string | Uint8Array): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    if (this.#protocol === undefined) return this.terminate();
    this.#protocol.close(code, reason);
    this.#startClosing();
    this.#scheduleFlush();
  }

  /** Ends the connection at once, without a closing handshake. */
  terminate(): void {
    if (this.#cancelConnect !== undefined) {
      this.#cancelConnect();
      this.#connectFailed(new Error('the connection was closed before it was established'));
    }
    this.#socket?.destroy();
  }

  /**
   * Stops reading: no message, ping or pong event until `resume`. The peer is held up, not told.
   */
  pause(): void {
    this.#pausedByCaller = true;
    this.#applyPause();
  }

  /** Reads on after `pause`. */
  resume(): void {
    this.#pausedByCaller = false;
    this.#applyPause();
  }

  #createSink() {
    return {
      message: (data: Buffer, kind: 'text' | 'binary') => {
        this.emit('message', data, kind === 'binary');
      },
      ping: (payload: Buffer) => {
        this.emit('ping', payload);
      },
      pong: (payload: Buffer) => {
        this.emit('pong', payload);
      },
      closed: (outcome: CloseOutcome) => this.#protocolClosed(outcome),
      reserve: (bytes: number) => this.#output.reserve(bytes),
      commit: (bytes: number) => this.#output.commit(bytes),
      forward: (frame: Buffer) => this.#output.forward(frame),
      end: () => {
        this.#flush();
        this.#socket?.end();
      },
    };
  }

  #receive(chunk: Buffer): void {
    const flushElsewhere = this.#flushComing;
    this.#flushComing = true;
    try {
      this.#protocol?.receive(chunk);
    } finally {
      this.#flushComing = flushElsewhere;
      this.#flush();
      // The peer has closed; a client now waits for the server to end the socket, but not for ever.
      if (this.#protocol?.state !== 'open') this.#startClosing();
    }
  }

  /** Too early is the caller's mistake and throws; too late is not, and only the callback tells. */
  #neverOpened(what: string): false {
    if (this.#readyState !== WebSocket.CONNECTING) return false;
    throw new Error(`${what} was called while the connection is CONNECTING; wait for "open"`);
  }

  #wrote(sent: boolean, callback: SendCallback | undefined): void {
    if (sent) {
      if (callback !== undefined) this.#callbacks.push(callback);
      this.#scheduleFlush();
    } else if (callback !== undefined) {
      process.nextTick(callback, new Error('the connection is not open'));
    }
  }

  #scheduleFlush(): void {
    if (this.#flushComing) return;
    this.#flushComing = true;
    process.nextTick(WebSocket.#flushNow, this);
  }

  static #flushNow(connection: WebSocket): void {
    connection.#flushComing = false;
    connection.#flush();
  }

  /** Writes all that was committed, in one go. */
  #flush(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#output.pendingBytes === 0) return;
    const segments = this.#output.take();
    const last = segments.pop()!;
    const written = this.#takeCallbacks();
    if (!socket.writable) return written?.(new Error('the connection was closed'));
    if (segments.length > 0) socket.cork();
    for (const segment of segments) socket.write(segment);
    socket.write(last, written);
    if (segments.length > 0) socket.uncork();
    // Both ends of two pipes that wait for each other would wait for ever, so only servers do.
    if (this.#role === 'server' && socket.writableLength > maxUnreadOutputBytes) {
      this.#pausedByOutput = true;
      this.#applyPause();
    }
  }

  #takeCallbacks(): ((error?: Error | null) => void) | undefined {
    if (this.#callbacks.length === 0) return undefined;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    return (error) => {
      for (const callback of callbacks) callback(error ?? undefined);
    };
  }

  #drained(): void {
    if (!this.#pausedByOutput) return;
    this.#pausedByOutput = false;
    this.#applyPause();
  }

  #applyPause(): void {
    if (this.#pausedByCaller || this.#pausedByOutput) {
      this.#protocol?.pause();
      this.#socket?.pause();
    } else {
      this.#protocol?.resume();
      this.#scheduleFlush();
      this.#socket?.resume();
    }
  }

  #startClosing(): void {
    if (this.#readyState !== WebSocket.OPEN) return;
    this.#readyState = WebSocket.CLOSING;
    const timeoutMs = this.#options.closeTimeout ?? connectionDefaults.closeTimeout;
    this.#closeTimer = setTimeout(() => this.#socket?.destroy(), timeoutMs);
  }

  /** The protocol is through; the socket may still have output to write and an end to wait for. */
  #protocolClosed(outcome: CloseOutcome): void {
    this.#outcome = outcome;
    this.#startClosing();
    // What still arrives is read and dropped: unread bytes would turn our close frame into a reset.
    this.#socket?.resume();
    if (outcome.error !== undefined && this.listenerCount('error') > 0) {
      this.emit('error', outcome.error);
    }
  }

  #socketClosed(): void {
    this.#protocol?.receiveEnd();
    clearTimeout(this.#closeTimer);
    this.#readyState = WebSocket.CLOSED;
    this.#takeCallbacks()?.(new Error('the connection was closed'));
    this.emit('close', this.#outcome.code, this.#outcome.reason);
  }

  #connectFailed(error: Error): void {
    this.#cancelConnect = undefined;
    this.#readyState = WebSocket.CLOSING;
    process.nextTick(() => {
      this.#readyState = WebSocket.CLOSED;
      try {
        this.emit('error', error);
      } finally {
        this.emit('close', this.#outcome.code, this.#outcome.reason);
      }
    });
  }
}

function toBytes(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError(`data must be a string, bytes or a PreparedMessage, got ${typeof data}`);
}
