/**
 * One WebSocket connection as a state machine: bytes in, calls out, no socket, no clock.
 *
 * Spec      RFC 6455 §5.4-§5.5 messages and control frames, §7 closing, §8.1 text
 * Next      io/connection.ts - the owner: feeds chunks in, writes the output, emits events
 * Left out  the opening handshake (handshake.ts); timeouts, which belong to the owner
 *
 *   state      sent close   got close   what may happen
 *   open       no           no          everything
 *   closing    yes          no          messages still arrive; nothing more is sent
 *   ending     yes          yes         client only: waits for the server to end the transport
 *   closed     -            -           nothing
 *
 *   open --close()--> closing --close frame--> ending (client) or closed (server)
 *   open --close frame, answered-------------> ending (client) or closed (server)
 *   any  --a rule is broken, or receiveEnd()-> closed
 */
import { decodeClosePayload, encodeClosePayload } from './close-frame.ts';
import { CloseCode, defaultMaxMessageBytes, maxControlPayloadBytes, Opcode } from './constants.ts';
import type { Role } from './constants.ts';
import { FrameParser, ParserStep } from './frame-parser.ts';
import { firstByte, headerBytes, writeFrameHeader } from './frame.ts';
import { mask } from './mask.ts';
import { MessageAssembler } from './message-assembler.ts';
import type { MessageKind } from './message-assembler.ts';
import type { PreparedMessage } from './prepared-message.ts';
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
 * Where the protocol sends what comes out of it. Each call may throw, or call the protocol again.
 */
export interface ProtocolSink {
  /** A whole message; `data` is a view into the received chunk where possible. */
  message(data: Buffer, kind: MessageKind): void;
  /** A ping, already answered. */
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
  /** Once and last: nothing is read or sent after it. */
  closed(outcome: CloseOutcome): void;
  /** Room in the owner's output ... */
  reserve(bytes: number): Buffer;
  /** ... which was filled from its start and is handed over. */
  commit(bytes: number): void;
  /** A frame encoded before and shared between connections: to be written, never to be changed. */
  forward(frame: Buffer): void;
  /** Nothing more will be sent: end the transport, after the output. */
  end(): void;
}

/** How a WebSocketProtocol is set up. */
export interface ProtocolOptions {
  role: Role;
  /** The largest message taken, in bytes. Default 1 MiB. */
  maxMessageBytes?: number;
  /**
   * A fresh, unpredictable 32-bit key for each frame that a client sends (§5.3). Clients need it.
   */
  nextMaskingKey?: () => number;
  /** Whether pings are answered. Default true. */
  autoPong?: boolean;
}

type State = 'open' | 'closing' | 'ending' | 'closed';

const empty = Buffer.alloc(0);

/** One connection after its handshake; see the top of this file. */
export class WebSocketProtocol {
  readonly #sink: ProtocolSink;
  readonly #role: Role;
  readonly #nextMaskingKey: (() => number) | undefined;
  readonly #autoPong: boolean;
  readonly #parser: FrameParser;
  readonly #assembler: MessageAssembler;
  #state: State = 'open';
  #paused = false;
  /** Whether `#read` is on the stack: a sink may call `resume` from within. */
  #reading = false;
  /** Pieces of a control frame that is split over chunks. */
  #controlPayload: Buffer = empty;
  /** What the peer's close frame said, while a client waits for the end of the transport. */
  #outcome: CloseOutcome = { code: CloseCode.abnormal, reason: empty, wasClean: false };

  constructor(sink: ProtocolSink, options: ProtocolOptions) {
    if (options.role === 'client' && options.nextMaskingKey === undefined) {
      throw new TypeError('nextMaskingKey is needed for a client, got undefined');
    }
    this.#sink = sink;
    this.#role = options.role;
    this.#nextMaskingKey = options.role === 'client' ? options.nextMaskingKey : undefined;
    this.#autoPong = options.autoPong ?? true;
    this.#assembler = new MessageAssembler(options.maxMessageBytes ?? defaultMaxMessageBytes);
    this.#parser = new FrameParser({ expectMasked: options.role === 'server' });
    this.#parser.payloadLimitBytes = this.#assembler.remainingBytes;
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
    // MUST (RFC 6455 §1.4): what follows a close frame is not looked at.
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#parser.push(chunk);
    this.#read();
  }

  /** The transport has ended: in order after both close frames, abnormally before. */
  receiveEnd(): void {
    if (this.#state === 'closed') return;
    this.#finish(this.#outcome);
  }

  /** Stops reading: no message, ping or pong comes out until `resume`; what arrives is kept. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on where `pause` stopped, first with what was kept. */
  resume(): void {
    this.#paused = false;
    this.#read();
  }

  /** Sends a text message. Bytes must be UTF-8. False if the connection is no longer open. */
  sendText(text: string | Uint8Array): boolean {
    return this.#sendData(Opcode.text, text);
  }

  /** Sends a binary message. False if the connection is no longer open. */
  sendBinary(bytes: Uint8Array): boolean {
    return this.#sendData(Opcode.binary, bytes);
  }

  /** Sends a message that was encoded before. False if the connection is no longer open. */
  sendPrepared(message: PreparedMessage): boolean {
    if (this.#state !== 'open') return false;
    if (this.#role === 'server') this.#sink.forward(message.frame);
    else this.#writeFrame(message.opcode, message.payload, message.payload.length);
    return true;
  }

  /**
   * Sends a ping. Throws a RangeError over 125 bytes. False if the connection is no longer open.
   */
  ping(payload: Uint8Array = empty): boolean {
    return this.#sendControl(Opcode.ping, payload);
  }

  /** Sends a pong nobody asked for (§5.5.3). As `ping`. */
  pong(payload: Uint8Array = empty): boolean {
    return this.#sendControl(Opcode.pong, payload);
  }

  /**
   * Begins the closing handshake; does nothing if it has begun. Throws a RangeError for a code or
   * reason that cannot be sent (see encodeClosePayload).
   */
  close(code?: number, reason?: string | Uint8Array): void {
    const payload = encodeClosePayload(code, reason);
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#writeFrame(Opcode.close, payload, payload.length);
  }

  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#paused && (this.#state === 'open' || this.#state === 'closing')) {
        const step = this.#parser.next();
        if (step === ParserStep.needMore) break;
        else if (step === ParserStep.payload) this.#takePayload();
        else if (step === ParserStep.header) this.#takeHeader();
        else this.#fail(this.#parser.error!);
      }
    } finally {
      this.#reading = false;
    }
  }

  #takeHeader(): void {
    const parser = this.#parser;
    if (parser.opcode >= Opcode.close) return;
    const error = this.#assembler.begin(parser.fin, parser.opcode, parser.payloadLength);
    if (error !== undefined) this.#fail(error);
  }

  #takePayload(): void {
    const parser = this.#parser;
    if (parser.opcode >= Opcode.close) return this.#takeControlPayload();
    const result = this.#assembler.add(parser.payload, parser.frameComplete);
    if (typeof result === 'object') return this.#fail(result);
    if (parser.frameComplete) parser.payloadLimitBytes = this.#assembler.remainingBytes;
    if (!result) return;
    const { message, kind } = this.#assembler;
    this.#assembler.release();
    this.#sink.message(message, kind);
  }

  #takeControlPayload(): void {
    const { payload: piece, frameComplete, opcode } = this.#parser;
    const held = this.#controlPayload;
    const payload = held.length === 0 ? piece : Buffer.concat([held, piece]);
    // A piece is a view into its chunk: what has to wait for the next one is kept as a copy.
    this.#controlPayload = frameComplete ? empty : Buffer.from(payload);
    if (!frameComplete) return;
    if (opcode === Opcode.close) return this.#takeClose(payload);
    if (opcode === Opcode.pong) return this.#sink.pong(payload);
    // MUST (RFC 6455 §5.5.2): a ping is answered with its own payload, unless we have sent a close.
    if (this.#autoPong && this.#state === 'open') {
      this.#writeFrame(Opcode.pong, payload, payload.length);
    }
    this.#sink.ping(payload);
  }

  #takeClose(payload: Buffer): void {
    const status = decodeClosePayload(payload);
    if (status instanceof WebSocketError) return this.#fail(status);
    this.#outcome = { code: status.code, reason: Buffer.from(status.reason), wasClean: true };
    // MUST (RFC 6455 §5.5.1): a close frame is answered with a close frame, usually with its code.
    if (this.#state === 'open') {
      const answer = payload.subarray(0, 2);
      this.#state = 'closing';
      this.#writeFrame(Opcode.close, answer, answer.length);
    }
    // SHOULD (RFC 6455 §7.1.1): the server ends the transport, the client waits for it.
    if (this.#role === 'server') this.#finish(this.#outcome);
    else this.#state = 'ending';
  }

  /** MUST (RFC 6455 §7.1.7): a broken rule ends the connection; the peer is told which. */
  #fail(error: WebSocketError): void {
    if (this.#state === 'open') {
      const fits = Buffer.byteLength(error.message) <= maxControlPayloadBytes - 2;
      const payload = encodeClosePayload(error.closeCode, fits ? error.message : '');
      this.#state = 'closing';
      this.#writeFrame(Opcode.close, payload, payload.length);
    }
    this.#finish({ code: CloseCode.abnormal, reason: empty, wasClean: false, error });
  }

  #finish(outcome: CloseOutcome): void {
    this.#state = 'closed';
    this.#sink.end();
    this.#sink.closed(outcome);
  }

  #sendData(opcode: Opcode, data: string | Uint8Array): boolean {
    if (this.#state !== 'open') return false;
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    this.#writeFrame(opcode, data, length);
    return true;
  }

  #sendControl(opcode: Opcode, payload: Uint8Array): boolean {
    if (payload.length > maxControlPayloadBytes) {
      throw new RangeError(`payload must be at most 125 bytes, got ${payload.length}`);
    }
    if (this.#state !== 'open') return false;
    this.#writeFrame(opcode, payload, payload.length);
    return true;
  }

  /** Encodes one unfragmented frame straight into the owner's output. */
  #writeFrame(opcode: Opcode, data: string | Uint8Array, length: number): void {
    const maskingKey = this.#nextMaskingKey?.();
    const bytes = headerBytes(length, maskingKey !== undefined) + length;
    const room = this.#sink.reserve(bytes);
    const start = writeFrameHeader(room, 0, firstByte(true, false, opcode), length, maskingKey);
    if (typeof data === 'string') room.write(data, start, length, 'utf8');
    else room.set(data, start);
    // MUST (RFC 6455 §5.1): a client masks every frame.
    if (maskingKey !== undefined) mask(room, start, bytes, maskingKey);
    this.#sink.commit(bytes);
  }
}
