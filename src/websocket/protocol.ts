/**
 * One WebSocket connection as a state machine: bytes in, calls out, no socket, no clock.
 *
 * Spec      RFC 6455 §5.4-§5.5 messages and control frames, §7 closing, §8.1 text
 * Next      message-receiver.ts and message-sender.ts - its two halves; io/link.ts - the owner
 * Left out  the opening handshake (handshake.ts); timeouts, which belong to the owner
 *
 *   state      sent close   got close   what may happen
 *   open       no           no          everything
 *   closing    yes          no          messages still arrive; nothing more is sent
 *   answering  waits        yes         what was sent before goes out, then our close frame
 *   ending     yes          yes         client only: waits for the server to end the transport
 *   closed     -            -           nothing
 *
 *   open --close()--> closing --close frame----> ending (client) or closed (server)
 *   open --close frame--> answering --answered-> ending (client) or closed (server)
 *   any  --a rule is broken, or the end--------> closed
 */
import { decodeClosePayload, encodeClosePayload } from './close-frame.ts';
import { connectionDefaults } from './connection-options.ts';
import type { SendQueueOptions } from './connection-options.ts';
import { CloseCode, maxControlPayloadBytes, Opcode } from './constants.ts';
import type { Role } from './constants.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { ProtocolMemory } from './memory.ts';
import type { MessageKind } from './message-assembler.ts';
import { MessageReceiver } from './message-receiver.ts';
import { MessageSender } from './message-sender.ts';
import type { SenderSink } from './frame-writer.ts';
import type { LateMessage, SendResult } from './message-sender.ts';
import type { PayloadCodec } from './payload-codec.ts';
import type { PreparedMessage } from './prepared-message.ts';
import type { SendCallback } from './send-queue.ts';
import { toBytes } from './sendable.ts';
import { WebSocketError } from './websocket-error.ts';

/** How a connection ended. */
export interface CloseOutcome {
  /**
   * What the peer's close frame said, 1005 if nothing, 1006 if there was no close frame (§7.1.5).
   */
  code: number;
  reason: Buffer;
  /** Whether both close frames were exchanged. */
  wasClean: boolean;
  /** The rule that the peer broke, if that is what ended the connection. */
  error?: WebSocketError;
}

/**
 * Where the protocol sends what comes out of it. Each call may throw, or call the protocol again,
 * but for `reserve` and `written`; see SenderSink.
 */
export interface ProtocolSink extends SenderSink {
  /** A whole message; `data` is a view into the received chunk where possible. */
  message(data: Buffer, kind: MessageKind): void;
  /** A ping, already answered. */
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
  /** Once and last: nothing is read or sent after it. */
  closed(outcome: CloseOutcome): void;
  /** Nothing more will be sent: end the transport, after the output. */
  end(): void;
}

/** How a WebSocketProtocol is set up. */
export interface ProtocolOptions {
  role: Role;
  /** The largest message taken, in bytes. Default 1 MiB. */
  maxMessageBytes?: number;
  /** The most fragments of one message. Default: no limit. */
  maxFragments?: number | undefined;
  /** Texts are taken as they are. Default false. */
  skipUtf8Validation?: boolean;
  /**
   * A fresh, unpredictable 32-bit key for each frame that a client sends (§5.3). Clients need it.
   */
  nextMaskingKey?: () => number;
  /** Whether pings are answered. Default true. */
  autoPong?: boolean;
  /** How much may wait to be sent, and what happens to more. Default 16 MiB, close with 1013. */
  sendQueue?: SendQueueOptions;
  /** Compresses messages, if that was agreed on. */
  codec?: PayloadCodec | undefined;
  /**
   * Who is charged for unfinished work, until `transportClosed` or `abandon`. Default: nobody.
   */
  budget?: MemoryBudget | undefined;
}

type State = 'open' | 'closing' | 'answering' | 'ending' | 'closed';

const empty = Buffer.alloc(0);
/** For bytes that come later to a connection which is not open any more. */
const tooLate: LateMessage = { resolve: () => {}, reject: () => {} };

/** One connection after its handshake; see the top of this file. */
export class WebSocketProtocol {
  readonly #sink: ProtocolSink;
  readonly #role: Role;
  readonly #autoPong: boolean;
  readonly #codec: PayloadCodec | undefined;
  readonly #receiver: MessageReceiver;
  readonly #sender: MessageSender;
  #state: State = 'open';
  /** The peer has ended its side before our close frame was out. */
  #peerEnded = false;
  /** What the peer's close frame said, while a client waits for the end of the transport. */
  #outcome: CloseOutcome = { code: CloseCode.abnormal, reason: empty, wasClean: false };

  constructor(sink: ProtocolSink, options: ProtocolOptions) {
    const { role, nextMaskingKey, sendQueue, codec, budget } = options;
    if (role === 'client' && nextMaskingKey === undefined) {
      throw new TypeError('nextMaskingKey is needed for a client, got undefined');
    }
    this.#sink = sink;
    this.#role = role;
    this.#autoPong = options.autoPong ?? true;
    this.#codec = codec;
    const calls = {
      isReading: () => this.#state === 'open' || this.#state === 'closing',
      message: (data: Buffer, kind: MessageKind) => sink.message(data, kind),
      control: (opcode: number, payload: Buffer) => this.#takeControl(opcode, payload),
      failed: (error: WebSocketError) => this.#fail(error),
      turn: (work: () => void) => sink.turn(work),
    };
    this.#receiver = new MessageReceiver(calls, {
      role,
      maxMessageBytes: options.maxMessageBytes ?? connectionDefaults.maxPayload,
      maxFragments: options.maxFragments,
      skipUtf8Validation: options.skipUtf8Validation,
      codec,
      budget,
    });
    this.#sender = new MessageSender(sink, {
      nextMaskingKey: role === 'client' ? nextMaskingKey : undefined,
      maxQueuedBytes: sendQueue?.maxBytes ?? connectionDefaults.sendQueueMaxBytes,
      policy: sendQueue?.policy ?? 'close',
      codec,
      budget,
      codecFailed: (cause) => this.#codecFailed(cause),
      closeSent: () => {
        if (this.#state === 'answering') this.#closesExchanged();
      },
    });
  }

  /** Where the connection stands; see the table at the top of this file. */
  get state(): State {
    return this.#state;
  }

  /**
   * Takes what arrived, in any split. The chunk belongs to the protocol from now on: it is unmasked
   * in place and messages are views into it. Never throws because of what the peer sent.
   */
  receive(chunk: Buffer): void {
    // MUST (RFC 6455 §5.5.1): what follows a close frame is not looked at.
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    this.#receiver.push(chunk);
  }

  /** The transport has ended: in order after both close frames, abnormally before. */
  receiveEnd(): void {
    // Whoever ends its side may still read: our answer is bounded by the owner's close timeout.
    if (this.#state === 'answering') this.#peerEnded = true;
    else this.#finish(this.#outcome);
  }

  /** The transport is gone in both directions. */
  transportClosed(): void {
    this.#finish(this.#outcome);
  }

  /** Stops reading: no message, ping or pong comes out until `resume`; what arrives is kept. */
  pause(): void {
    this.#receiver.pause();
  }

  /** Goes on where `pause` stopped, first with what was kept. */
  resume(): void {
    this.#receiver.resume();
  }

  /** Whether a message is being decoded: what arrives meanwhile is kept, so it should be little. */
  get isDecoding(): boolean {
    // Once it is closed, nothing comes back from the codec any more.
    return this.#state !== 'closed' && this.#receiver.isDecoding;
  }

  /** Messages that came out whole. */
  get messagesReceived(): number {
    return this.#receiver.messagesReceived;
  }

  /** Messages, and fragments of messages, handed over to be sent and not dropped. */
  get messagesSent(): number {
    return this.#sender.messagesSent;
  }

  /** Which message has begun and not ended, counted from 1; undefined between messages. */
  get unfinishedMessage(): number | undefined {
    return this.#receiver.unfinishedMessage;
  }

  /** Bytes that wait because the transport is full: not yet encoded, not yet in the output. */
  get waitingBytes(): number {
    return this.#sender.waitingBytes;
  }

  /** What the connection holds here, in bytes. */
  get memory(): ProtocolMemory {
    const { deflate, inflate } = this.#codec?.memory ?? { deflate: 0, inflate: 0 };
    return { ...this.#receiver.memory, sendQueue: this.#sender.memoryBytes, deflate, inflate };
  }

  /**
   * The owner tells whether its transport is full: then messages wait unencoded, until it is not.
   * May be told from within `commit`.
   */
  setTransportFull(full: boolean): void {
    this.#sender.full = full;
  }

  /**
   * Sends a text message; bytes must be UTF-8. With `fin` false it is a fragment: what is sent
   * next, of either kind, continues its message. With `compress` false it is sent as it is,
   * whatever was agreed on. 'dropped' if the connection is no longer open.
   */
  sendText(
    text: string | Uint8Array,
    fin = true,
    callback?: SendCallback,
    compress = true,
  ): SendResult {
    const data = typeof text === 'string' ? text : toBytes(text);
    if (this.#state !== 'open') return this.#notOpen(callback);
    return this.#sent(this.#sender.send(Opcode.text, data, fin, callback, compress));
  }

  /** Sends a binary message; as `sendText`. */
  sendBinary(bytes: Uint8Array, fin = true, callback?: SendCallback, compress = true): SendResult {
    const data = toBytes(bytes);
    if (this.#state !== 'open') return this.#notOpen(callback);
    return this.#sent(this.#sender.send(Opcode.binary, data, fin, callback, compress));
  }

  /** Sends a message that was encoded before; whole, so never within a fragmented one. */
  sendPrepared(message: PreparedMessage, callback?: SendCallback, compress = true): SendResult {
    if (this.#state !== 'open') return this.#notOpen(callback);
    return this.#sent(this.#sender.sendPrepared(message, callback, compress));
  }

  /** Sends a message whose bytes, this many, come later; what is sent meanwhile waits behind it. */
  sendLate(
    kind: MessageKind,
    bytes: number,
    fin = true,
    callback?: SendCallback,
    compress = true,
  ): { result: SendResult; late: LateMessage } {
    if (this.#state !== 'open') return { result: this.#notOpen(callback), late: tooLate };
    const opcode = kind === 'text' ? Opcode.text : Opcode.binary;
    const { result, late } = this.#sender.sendLate(opcode, bytes, fin, callback, compress);
    return { result: this.#sent(result), late };
  }

  /** Sends a ping. Throws a RangeError over 125 bytes. 'dropped' if no longer open, or no room. */
  ping(payload: Uint8Array = empty, callback?: SendCallback): SendResult {
    return this.#sendControl(Opcode.ping, payload, callback);
  }

  /** Sends a pong nobody asked for (§5.5.3). As `ping`. */
  pong(payload: Uint8Array = empty, callback?: SendCallback): SendResult {
    return this.#sendControl(Opcode.pong, payload, callback);
  }

  /**
   * Begins the closing handshake, behind all messages; does nothing if it has begun. Throws a
   * RangeError for a code or reason that cannot be sent (see encodeClosePayload).
   */
  close(code?: number, reason?: string | Uint8Array): void {
    const payload = encodeClosePayload(code, reason);
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#sender.closeAfterMessages(payload);
  }

  /** Ends the connection for a reason of the owner's: a deadline, a rate. The peer is told. */
  fail(error: WebSocketError): void {
    this.#fail(error);
  }

  /** The transport is lost: what waits is dropped, and no other sink call follows. */
  abandon(): void {
    this.#state = 'closed';
    this.#codec?.close();
    this.#receiver.discard();
    this.#sender.discard();
  }

  #takeControl(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.close) return this.#takeClose(payload);
    if (opcode === Opcode.pong) return this.#sink.pong(payload);
    // MUST (RFC 6455 §5.5.2): a ping is answered with its own payload, unless we have sent a close.
    if (this.#autoPong && this.#state === 'open') this.#sender.answerPing(payload);
    this.#sink.ping(payload);
  }

  #takeClose(payload: Buffer): void {
    const status = decodeClosePayload(payload);
    if (status instanceof WebSocketError) return this.#receiver.fail(status);
    this.#outcome = { code: status.code, reason: Buffer.from(status.reason), wasClean: true };
    const isOpen = this.#state === 'open';
    const isExchanged = !isOpen && this.#sender.waitingClose === undefined;
    this.#state = 'answering';
    // MUST (RFC 6455 §5.5.1): a close frame is answered with a close frame, ours with what it said.
    // MAY: only once the messages that were sent before are through.
    if (isOpen) this.#sender.closeAfterMessages(payload);
    else if (isExchanged) this.#closesExchanged();
  }

  /** SHOULD (RFC 6455 §7.1.1): the server ends the transport, the client waits for it. */
  #closesExchanged(): void {
    if (this.#role === 'server' || this.#peerEnded) this.#finish(this.#outcome);
    else this.#state = 'ending';
  }

  #codecFailed(cause: Error): void {
    const what = 'expected a message that can be compressed, got an error';
    const { internalError } = CloseCode;
    this.#fail(new WebSocketError('ERR_WS_DEFLATE', what, '§7.4.1', internalError, { cause }));
  }

  /** MUST (RFC 6455 §7.1.7): a broken rule ends the connection; the peer is told which. */
  #fail(error: WebSocketError): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    const isUntold = this.#state === 'open' || this.#sender.waitingClose !== undefined;
    const fits = Buffer.byteLength(error.message) <= maxControlPayloadBytes - 2;
    const payload = encodeClosePayload(error.closeCode, fits ? error.message : '');
    this.#state = 'closing';
    try {
      if (isUntold) this.#sender.closeNow(payload);
    } finally {
      // MUST (RFC 6455 §7.1.5): without a close frame of the peer's, the code is 1006 for us.
      this.#finish({ code: CloseCode.abnormal, reason: empty, wasClean: false, error });
    }
  }

  /** Once, whatever the sink does meanwhile. */
  #finish(outcome: CloseOutcome): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#codec?.close();
    this.#receiver.discard();
    try {
      this.#sender.discard();
    } finally {
      try {
        this.#sink.end();
      } finally {
        this.#sink.closed(outcome);
      }
    }
  }

  /** Too late to send anything: not the caller's mistake, but whoever asked is told. */
  #notOpen(callback: SendCallback | undefined): 'dropped' {
    if (callback !== undefined) this.#sink.dropped(callback);
    return 'dropped';
  }

  /** A message that must wait and has no room: the peer reads too slowly. */
  #sent(result: SendResult | 'overflow'): SendResult {
    if (result !== 'overflow') return result;
    const what = 'expected the peer to read, got a full send queue';
    const { tryAgainLater } = CloseCode;
    this.#fail(new WebSocketError('ERR_WS_SEND_QUEUE_FULL', what, '§7.4.1', tryAgainLater));
    return 'dropped';
  }

  #sendControl(
    opcode: Opcode,
    payload: Uint8Array,
    callback: SendCallback | undefined,
  ): SendResult {
    const data = toBytes(payload);
    if (data.length > maxControlPayloadBytes) {
      throw new RangeError(`payload must be at most 125 bytes, got ${data.length}`);
    }
    if (this.#state !== 'open') return this.#notOpen(callback);
    return this.#sender.sendControl(opcode, data, callback);
  }
}
