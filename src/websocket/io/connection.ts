/**
 * A WebSocket connection as Node programs know it: an object with events, for both roles.
 *
 * Spec      RFC 6455 §7 closing; the names are those of npm ws and of the WHATWG interface
 * Next      link.ts - the socket and the protocol on it; event-target.ts - `onmessage` and the like
 * Left out  rules, sockets and deadlines: this file turns calls into messages, messages into events
 *
 *   CONNECTING --open--> OPEN --close(), or the peer's close frame--> CLOSING --> CLOSED
 */
import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { parseAddress } from '../address.ts';
import { checkConnectionOptions } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { CloseCode } from '../constants.ts';
import type { Role } from '../constants.ts';
import { connectionMemory } from '../memory.ts';
import type { ConnectionMemory } from '../memory.ts';
import type { SendResult } from '../message-sender.ts';
import type { PayloadCodec } from '../payload-codec.ts';
import type { CloseOutcome } from '../protocol.ts';
import type { SendCallback } from '../send-queue.ts';
import type { Sendable } from '../sendable.ts';
import { connect } from './client.ts';
import type { ClientOptions } from './client-options.ts';
import { Delivery } from './delivery.ts';
import type { BinaryType, MessageReader } from './delivery.ts';
import { diagnostics } from './diagnostics.ts';
import type { MessageCounts } from './diagnostics.ts';
import { SocketEventTarget } from './event-target.ts';
import { Hold, Link } from './link.ts';
import { maskingKeysOf, nextMaskingKey } from './masking-keys.ts';
import { checkMask, readControl, dropMessage, sendMessage } from './send.ts';
import type { ControlArguments, SendOptions } from './send.ts';

/** What a connection needs to know of itself once its handshake is done. */
export interface Established {
  role: Role;
  socket: Duplex;
  /** Bytes that came in one chunk with the handshake. */
  head: Buffer;
  protocol: string;
  /** What was agreed on, as `Sec-WebSocket-Extensions` says it; '' or absent if nothing. */
  extensions?: string | undefined;
  /** Compresses messages, if that was agreed on. */
  codec?: PayloadCodec | undefined;
  /** Draws the masking keys of a client instead of our own generator, as npm ws takes it. */
  generateMask?: ((mask: Buffer) => void) | undefined;
  /** Called once when the transport is gone, before `close` is emitted. */
  gone?: (() => void) | undefined;
}

const stateNames = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;
const unknownOutcome: CloseOutcome = {
  code: CloseCode.abnormal,
  reason: Buffer.alloc(0),
  wasClean: false,
};

/**
 * A WebSocket connection. `new WebSocket('wss://…')` is a client; a server's come with its
 * `connection` event.
 *
 * Events: `open`, `message (data: Buffer, isBinary)`, `ping`, `pong`, `error (Error)`, `close
 * (code, reason)`; a client's also `upgrade`, `redirect`, `unexpected-response`. A peer that breaks
 * a rule is reported by `error` if somebody listens, and always by `close`. A client that cannot
 * connect emits `error`, then `close`.
 */
export class WebSocket extends SocketEventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;

  readonly #options: ConnectionOptions;
  #url = '';
  #readyState: 0 | 1 | 2 | 3 = WebSocket.CONNECTING;
  #subprotocol = '';
  #extensions = '';
  #role: Role = 'client';
  readonly #delivery: Delivery;
  #link: Link | undefined;
  #cancelConnect: (() => void) | undefined;
  #gone: (() => void) | undefined;
  #outcome: CloseOutcome | undefined;

  /**
   * @param address   `ws:`, `wss:`, `http:`, `https:` or `ws+unix:` URL; null makes a connection
   *                  that `establish` completes
   * @param protocols sub-protocols to offer, the preferred first; or the options
   * @param options   headers, TLS settings and limits; see ClientOptions
   *
   * Throws a SyntaxError for an address or sub-protocol that cannot be used, and a RangeError or
   * TypeError for an option that makes no sense.
   */
  constructor(
    address: string | URL | null,
    protocols?: string | readonly string[] | ClientOptions,
    options?: ClientOptions,
  ) {
    super();
    const given = options ?? (isOptions(protocols) ? protocols : {});
    this.#options = given;
    this.#delivery = new Delivery(this, given);
    if (address === null) return;
    checkConnectionOptions(given);
    const url = parseAddress(address);
    this.#url = url.href;
    const offered = isOptions(protocols) ? [] : (protocols ?? []);
    const { finishRequest = (request: ClientRequest) => void request.end() } = given;
    this.#cancelConnect = connect(url, typeof offered === 'string' ? [offered] : offered, given, {
      finish: (request) => finishRequest(request, this),
      upgrade: (response) => void this.emit('upgrade', response),
      redirect: (target, request) => {
        this.#url = target;
        this.emit('redirect', target, request);
      },
      unexpectedResponse: (...both) => this.emit('unexpected-response', ...both),
      established: (established) => this.establish(established),
      failed: (error) => this.#connectFailed(error),
    });
  }

  /** CONNECTING 0, OPEN 1, CLOSING 2 or CLOSED 3. */
  get readyState(): 0 | 1 | 2 | 3 {
    // With the peer's close frame we are closing, though it may have yet to end the transport.
    const isClosing = this.#readyState === 1 && this.#link?.protocol.state !== 'open';
    return isClosing ? WebSocket.CLOSING : this.#readyState;
  }

  /** The address of a client, after redirects the last one; '' on a server. */
  get url(): string {
    return this.#url;
  }

  /** The sub-protocol that both sides agreed on, '' if none. */
  get protocol(): string {
    return this.#subprotocol;
  }

  /** The extensions that both sides agreed on, '' if none. */
  get extensions(): string {
    return this.#extensions;
  }

  /** Bytes not yet handed to the operating system: waiting messages, and frames being written. */
  get bufferedAmount(): number {
    return this.#link?.bufferedBytes ?? 0;
  }

  /** What the connection holds now, in bytes, part by part. */
  memory(): ConnectionMemory {
    return connectionMemory(this.#link, this.#delivery.unreadBytes);
  }

  /** Whether the caller paused the connection. */
  get isPaused(): boolean {
    return this.#link?.isHeld(Hold.caller) ?? false;
  }

  /** How the connection ended, and by whose fault; undefined before. */
  get outcome(): CloseOutcome | undefined {
    return this.#outcome;
  }

  get wasClean(): boolean {
    return this.#outcome?.wasClean ?? false;
  }

  /** Milliseconds that the last ping of the heartbeat took to come back, once one did. */
  get roundTripTimeMs(): number | undefined {
    return this.#link?.heartbeat?.heartbeat.roundTripTimeMs;
  }

  /** How many messages came and went. */
  get counts(): MessageCounts {
    const { messagesReceived = 0, messagesSent = 0 } = this.#link?.protocol ?? {};
    return { messagesReceived, messagesSent };
  }

  /**
   * The form in which listeners get binary messages: a Buffer (`nodebuffer`, the default), an
   * ArrayBuffer, an array with one Buffer (`fragments`), or a Blob. Other values are ignored.
   */
  get binaryType(): BinaryType {
    return this.#delivery.binaryType;
  }

  set binaryType(type: BinaryType) {
    if (Delivery.isBinaryType(type)) this.#delivery.binaryType = type;
  }

  /** The transport, under the unofficial name that programs know; null before the handshake. */
  get _socket(): Duplex | null {
    return this.#link?.socket ?? null;
  }

  /** Takes over a socket whose handshake is done: a server's, or one made elsewhere. */
  establish(established: Established): void {
    const {
      role,
      socket,
      head,
      protocol,
      extensions = '',
      codec,
      generateMask,
      gone,
    } = established;
    this.#role = role;
    this.#subprotocol = protocol;
    this.#extensions = extensions;
    this.#cancelConnect = undefined;
    this.#gone = gone;
    this.#readyState = WebSocket.OPEN;
    const keys = generateMask === undefined ? nextMaskingKey : maskingKeysOf(generateMask);
    this.#link = new Link({
      role,
      socket,
      head,
      nextMaskingKey: keys,
      options: this.#options,
      codec,
      reader: this.#delivery,
      closing: (outcome) => this.#protocolClosed(outcome),
      closed: (outcome) => this.#transportClosed(outcome),
    });
    this.#delivery.open(this.#link);
    if (diagnostics.open.hasSubscribers) diagnostics.open.publish({ socket: this, role });
    if (role === 'client') this.emit('open');
  }

  /**
   * Sends a message: strings as text, bytes as binary, a Blob once it is read (what is sent
   * meanwhile waits behind it). Bytes are copied before `send` returns. The callback is called once
   * the message was handed to the operating system, or with an error if it never will be.
   *
   * Returns 'sent', 'queued' when the peer has to read first, or 'dropped': when the connection is
   * closing or closed, or the send queue has no room. Throws an Error while connecting, and a
   * TypeError for other data.
   */
  send(data: Sendable, callback?: SendCallback): SendResult;
  send(data: Sendable, options?: SendOptions, callback?: SendCallback): SendResult;
  send(data: Sendable, second?: SendOptions | SendCallback, third?: SendCallback): SendResult {
    const callback = typeof second === 'function' ? second : third;
    const options = typeof second === 'object' ? second : undefined;
    const link = this.#openLink('send');
    checkMask(options?.mask, this.#role);
    return link === undefined
      ? this.#notOpen(callback)
      : sendMessage(link, data, options, callback);
  }

  /**
   * Sends a ping of at most 125 bytes. `mask` is taken as in npm ws. Returns and throws as `send`;
   * control frames have a little room of their own and do not wait behind messages.
   */
  ping(...control: ControlArguments): SendResult {
    return this.#sendControl('ping', control);
  }

  /** Sends a pong nobody asked for; pings are answered without it. Arguments as `ping`. */
  pong(...control: ControlArguments): SendResult {
    return this.#sendControl('pong', control);
  }

  /** Resolves once nothing waits to be sent: true; false if the connection closed before. */
  drained(): Promise<boolean> {
    return this.#link?.drained() ?? Promise.resolve(this.#readyState !== WebSocket.CLOSED);
  }

  /**
   * Begins the closing handshake, behind all messages; `close` follows when the transport is
   * closed, at the latest after the close timeout. While connecting, gives the attempt up.
   *
   * Throws a RangeError for a code other than 1000-1003, 1007-1014 or 3000-4999 and for a reason
   * over 123 bytes.
   */
  close(code?: number, reason?: string | Uint8Array): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    if (this.#link === undefined) return this.terminate();
    this.#link.close(code, reason);
    this.#readyState = WebSocket.CLOSING;
    this.#delivery.closing();
  }

  /** Ends the connection at once, without a closing handshake. Unread messages are discarded. */
  terminate(): void {
    if (this.#cancelConnect !== undefined) {
      this.#cancelConnect();
      this.#connectFailed(new Error('the connection was closed before it was established'));
    }
    this.#link?.destroy();
    this.#delivery.discard();
  }

  /** Stops reading: no message, ping or pong until `resume`. The peer is held up, not told. */
  pause(): void {
    if (this.#readyState !== WebSocket.CLOSED) this.#link?.hold(Hold.caller);
  }

  /** Reads on after `pause`. */
  resume(): void {
    this.#link?.release(Hold.caller);
    this.#delivery.deliverSoon();
  }

  /**
   * A reader that pulls messages, so that no more is read from the peer than is asked for. While
   * there is one, messages that nobody else listens to wait for it.
   */
  messageReader(): MessageReader {
    return this.#delivery.reader();
  }

  /**
   * `for await (const message of socket)`: texts as strings, binary messages as `binaryType` says.
   * Ends when the connection has closed, however it did; `outcome` tells. Leaving the loop leaves
   * the connection open, and what comes then waits for the next reader.
   */
  [Symbol.asyncIterator](): AsyncGenerator<string | Buffer> {
    return this.#delivery.messages();
  }

  #openLink(what: string): Link | undefined {
    if (this.readyState === WebSocket.OPEN) return this.#link;
    // Too early is the caller's mistake and throws; too late is not, and only the callback tells.
    if (this.readyState !== WebSocket.CONNECTING) return undefined;
    throw new Error(`${what} was called while the connection is CONNECTING; wait for "open"`);
  }

  #notOpen(callback: SendCallback | undefined): 'dropped' {
    return dropMessage(`readyState ${this.readyState} (${stateNames[this.readyState]})`, callback);
  }

  #sendControl(what: 'ping' | 'pong', given: ControlArguments): SendResult {
    const link = this.#openLink(what);
    const control = readControl(given);
    checkMask(control.mask, this.#role);
    if (link === undefined) return this.#notOpen(control.callback);
    const result = link.protocol[what](control.payload, control.callback);
    link.flushSoon();
    return result;
  }

  /** The protocol is through; the socket may still have output to write and an end to wait for. */
  #protocolClosed(outcome: CloseOutcome): void {
    if (this.#readyState !== WebSocket.CLOSED) this.#readyState = WebSocket.CLOSING;
    const { error } = outcome;
    if (error === undefined) return;
    this.#publish(error);
    if (this.listenerCount('error') > 0) this.emit('error', error);
  }

  #transportClosed(outcome: CloseOutcome): void {
    this.#outcome = outcome;
    this.#readyState = WebSocket.CLOSED;
    this.#gone?.();
    if (diagnostics.close.hasSubscribers) {
      const { code, wasClean } = outcome;
      const [reason, told] = [outcome.reason.toString(), { socket: this, role: this.#role }];
      diagnostics.close.publish({ ...told, code, reason, wasClean, counts: this.counts });
    }
    this.#delivery.close(outcome.code, outcome.reason);
  }

  #publish(error: Error): void {
    if (!diagnostics.error.hasSubscribers) return;
    diagnostics.error.publish({ socket: this, role: this.#role, error });
  }

  #connectFailed(error: Error): void {
    this.#cancelConnect = undefined;
    this.#readyState = WebSocket.CLOSING;
    process.nextTick(() => {
      this.#readyState = WebSocket.CLOSED;
      this.#outcome = unknownOutcome;
      this.#publish(error);
      try {
        // Not thrown, for a server's answer must not end our process; not swallowed either.
        if (this.listenerCount('error') > 0) this.emit('error', error);
        else process.emitWarning(error);
      } finally {
        this.#delivery.close(unknownOutcome.code, unknownOutcome.reason);
      }
    });
  }
}

for (const [value, name] of stateNames.entries()) {
  Object.defineProperty(WebSocket.prototype, name, { value, enumerable: true });
}

function isOptions(value: unknown): value is ClientOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
