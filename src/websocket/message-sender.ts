/**
 * What we send, in order: encoded at once while the transport takes it, waiting while it is full.
 *
 * Spec      RFC 6455 §5.1 masking, §5.4 fragments, §5.5 control frames between them, §5.5.3 pongs
 * Next      send-queue.ts - where messages wait; protocol.ts - when what is sent
 * Left out  compression, which will take a message out of the queue and give its frame back
 *
 *   send ------------ not full, nothing waits -----------> encoded into the owner's output
 *     '--> [ SendQueue: whole messages, not encoded ] -----> ... when the transport has drained
 *   ping, pong ------ not full --------------------------> encoded
 *     '--> [ at most 16 KiB; of our answers to pings only the latest ] --> ... ahead of messages
 *   close ----------- behind all messages, or at once without them
 *
 * The owner tells with `full` whether its transport takes more; it may change while we write.
 */
import type { SendQueuePolicy } from './connection-options.ts';
import { Opcode } from './constants.ts';
import { firstByte, headerBytes, writeFrameHeader } from './frame.ts';
import { mask } from './mask.ts';
import type { PreparedMessage } from './prepared-message.ts';
import { SendQueue } from './send-queue.ts';
import type { QueueResult, SendCallback, WaitingMessage } from './send-queue.ts';

/** What became of a message: on its way, waiting for the peer to read, or not sent at all. */
export type SendResult = 'sent' | 'queued' | 'dropped';

/** Where frames go. */
export interface SenderSink {
  /** Room in the owner's output ... */
  reserve(bytes: number): Buffer;
  /** ... which was filled from its start and is handed over. */
  commit(bytes: number): void;
  /** A frame encoded before and shared between connections: to be written, never to be changed. */
  forward(frame: Buffer): void;
  /** The frame committed next has somebody who wants to know when it was written. */
  written(callback: SendCallback): void;
  /** A message was dropped that somebody wants to know of. */
  dropped(callback: SendCallback): void;
}

/** How a MessageSender is set up. */
export interface SenderOptions {
  /** A client's source of masking keys (§5.3); a server has none. */
  nextMaskingKey: (() => number) | undefined;
  maxQueuedBytes: number;
  policy: SendQueuePolicy;
}

/** A message whose bytes come later, with its place in the order kept. */
export interface LateMessage {
  /** The bytes are there. */
  resolve(bytes: Uint8Array): void;
  /** They never will be: the message is dropped. */
  reject(): void;
}

/** A ping or pong of the application that waits. */
interface WaitingControl {
  opcode: Opcode;
  payload: Buffer;
  callback: SendCallback | undefined;
}

/** Control frames of the application that may wait, in bytes of payload and headers. */
const maxWaitingControlBytes = 16 * 1024;

/** The sending half of one connection. */
export class MessageSender {
  /** Whole messages and fragments handed over so far. */
  messagesSent = 0;

  readonly #sink: SenderSink;
  readonly #nextMaskingKey: (() => number) | undefined;
  readonly #queue: SendQueue;
  #full = false;
  #pumping = false;
  /** The message on the wire, and the one the caller is sending, are not at their last fragment. */
  #wireUnfinished = false;
  #callerUnfinished = false;
  /** Whole messages that came while the caller was in the middle of a fragmented one. */
  #deferred: WaitingMessage[] = [];
  #controls: WaitingControl[] = [];
  #controlBytes = 0;
  /** The latest answer to a ping, while the transport is full. */
  #latestPong: Buffer | undefined;
  /** The body of the close frame that follows the last message. */
  #closePayload: Buffer | undefined;

  constructor(sink: SenderSink, options: SenderOptions) {
    this.#sink = sink;
    this.#nextMaskingKey = options.nextMaskingKey;
    this.#queue = new SendQueue(options.maxQueuedBytes, options.policy, (message) =>
      this.#drop(message),
    );
  }

  /** Bytes that wait here, not yet handed to the owner. */
  get waitingBytes(): number {
    const deferred = this.#deferred.reduce((sum, { bytes }) => sum + bytes, 0);
    return this.#queue.bytes + deferred + this.#controlBytes + (this.#latestPong?.length ?? 0);
  }

  /** Whether a close frame waits behind messages. */
  get isCloseWaiting(): boolean {
    return this.#closePayload !== undefined;
  }

  /** Whether the transport is full, so that messages wait. Set to false, what waits goes out. */
  get full(): boolean {
    return this.#full;
  }

  set full(full: boolean) {
    this.#full = full;
    if (!full) this.#pump();
  }

  /** Sends a message, or with `fin` false a fragment of one. 'overflow' asks to close with 1013. */
  send(
    opcode: Opcode,
    data: string | Uint8Array,
    fin: boolean,
    callback: SendCallback | undefined,
  ): SendResult | 'overflow' {
    const isWhole = fin && !this.#callerUnfinished;
    this.#callerUnfinished = !fin;
    if (!this.#full && this.#queue.length === 0) {
      if (callback !== undefined) this.#sink.written(callback);
      this.#writeMessage(opcode, data, fin);
      if (!isWhole && fin) this.#releaseDeferred();
      return 'sent';
    }
    const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    // The caller may use its bytes again: what waits is a copy.
    const kept = typeof data === 'string' ? data : Buffer.from(data);
    const message = { opcode, data: kept, prepared: undefined, bytes, fin, isWhole, callback };
    const result = this.#queue.add(message);
    if (!isWhole && fin) this.#releaseDeferred();
    return this.#answer(message, result);
  }

  /** Sends a message encoded before; whole, so it waits for the end of a fragmented one. */
  sendPrepared(
    prepared: PreparedMessage,
    callback: SendCallback | undefined,
  ): SendResult | 'overflow' {
    if (!this.#full && this.#queue.length === 0 && !this.#callerUnfinished) {
      if (callback !== undefined) this.#sink.written(callback);
      this.#writePrepared(prepared);
      return 'sent';
    }
    const { opcode, payload } = prepared;
    const bytes = payload.length;
    const whole = { fin: true, isWhole: true };
    const message: WaitingMessage = {
      opcode,
      data: undefined,
      prepared,
      bytes,
      ...whole,
      callback,
    };
    if (this.#callerUnfinished) {
      this.#deferred.push(message);
      return 'queued';
    }
    return this.#answer(message, this.#queue.add(message));
  }

  /** Takes the place of a message whose bytes, this many, come later; all others wait behind it. */
  sendLate(
    opcode: Opcode,
    bytes: number,
    fin: boolean,
    callback: SendCallback | undefined,
  ): { result: SendResult | 'overflow'; late: LateMessage } {
    const isWhole = fin && !this.#callerUnfinished;
    this.#callerUnfinished = !fin;
    const base = { opcode, data: undefined, prepared: undefined, bytes, fin, isWhole };
    const message: WaitingMessage = { ...base, callback };
    const result = this.#answer(message, this.#queue.add(message));
    if (!isWhole && fin) this.#releaseDeferred();
    const resolve = (data: Uint8Array) => {
      message.data = data;
      this.#pump();
    };
    const reject = () => {
      // A fragment that is missing would damage its message: then it is an empty one.
      if (!isWhole) return resolve(Buffer.alloc(0));
      if (this.#queue.remove(message)) this.#drop(message);
      this.#pump();
    };
    return { result, late: { resolve, reject } };
  }

  /** Sends a ping or a pong of the application, ahead of messages that wait. */
  sendControl(opcode: Opcode, payload: Uint8Array, callback: SendCallback | undefined): SendResult {
    if (!this.#full) {
      if (callback !== undefined) this.#sink.written(callback);
      this.#writeFrame(firstByte(true, false, opcode), payload, payload.length);
      return 'sent';
    }
    const bytes = payload.length + 2;
    if (bytes > maxWaitingControlBytes - this.#controlBytes) {
      if (callback !== undefined) this.#sink.dropped(callback);
      return 'dropped';
    }
    this.#controls.push({ opcode, payload: Buffer.from(payload), callback });
    this.#controlBytes += bytes;
    return 'queued';
  }

  /**
   * Answers a ping. MAY (RFC 6455 §5.5.3): of several pings only the latest is answered - while
   * the peer does not read, so that its pings fill no memory of ours.
   */
  answerPing(payload: Buffer): void {
    if (this.#full) this.#latestPong = Buffer.from(payload);
    else this.#writeFrame(firstByte(true, false, Opcode.pong), payload, payload.length);
  }

  /** Sends a close frame with this body behind all that waits. */
  closeAfterMessages(payload: Buffer): void {
    this.#closePayload = payload;
    // A fragmented message without an end would hold up what was deferred behind it for ever.
    for (const message of this.#deferred) this.#drop(message);
    this.#deferred = [];
    this.#pump();
  }

  /**
   * Sends a close frame at once, with the body of one that waits if there is, and drops what waits.
   */
  closeNow(payload: Buffer): void {
    const body = this.#closePayload ?? payload;
    this.#closePayload = undefined;
    this.discard();
    this.#writeFrame(firstByte(true, false, Opcode.close), body, body.length);
  }

  /** Drops everything that waits; whoever asked is told. */
  discard(): void {
    const waiting = [...this.#controls, ...this.#queue.clear(), ...this.#deferred];
    this.#deferred = [];
    this.#controls = [];
    this.#controlBytes = 0;
    this.#latestPong = undefined;
    for (const message of waiting) this.#drop(message);
  }

  #answer(message: WaitingMessage, result: QueueResult): SendResult | 'overflow' {
    if (result !== 'queued') this.#drop(message);
    return result;
  }

  #drop(message: { callback: SendCallback | undefined }): void {
    if (message.callback !== undefined) this.#sink.dropped(message.callback);
  }

  /** The fragmented message has its end: what waited for it goes behind it. */
  #releaseDeferred(): void {
    const deferred = this.#deferred;
    if (deferred.length === 0) return;
    this.#deferred = [];
    for (const message of deferred) this.#answer(message, this.#queue.add(message));
    this.#pump();
  }

  /** Writes what waits, for as long as the transport takes it. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      this.#pumpControls();
      while (!this.#full) {
        const next = this.#queue.first();
        if (next === undefined || (next.data === undefined && next.prepared === undefined)) break;
        this.#queue.removeFirst();
        if (next.callback !== undefined) this.#sink.written(next.callback);
        if (next.prepared !== undefined) this.#writePrepared(next.prepared);
        else this.#writeMessage(next.opcode, next.data!, next.fin);
      }
    } finally {
      this.#pumping = false;
    }
    if (this.#closePayload !== undefined && this.#queue.length === 0) {
      const payload = this.#closePayload;
      this.#closePayload = undefined;
      this.#writeFrame(firstByte(true, false, Opcode.close), payload, payload.length);
    }
  }

  #pumpControls(): void {
    const pong = this.#latestPong;
    if (pong !== undefined && !this.#full) {
      this.#latestPong = undefined;
      this.#writeFrame(firstByte(true, false, Opcode.pong), pong, pong.length);
    }
    while (this.#controls.length > 0 && !this.#full) {
      const { opcode, payload, callback } = this.#controls.shift()!;
      this.#controlBytes -= payload.length + 2;
      if (callback !== undefined) this.#sink.written(callback);
      this.#writeFrame(firstByte(true, false, opcode), payload, payload.length);
    }
  }

  #writePrepared(prepared: PreparedMessage): void {
    this.messagesSent++;
    if (this.#nextMaskingKey === undefined) return this.#sink.forward(prepared.frame);
    const { opcode, payload } = prepared;
    this.#writeFrame(firstByte(true, false, opcode), payload, payload.length);
  }

  /** MUST (RFC 6455 §5.4): what follows the first fragment of a message is a continuation. */
  #writeMessage(opcode: Opcode, data: string | Uint8Array, fin: boolean): void {
    const first = firstByte(fin, false, this.#wireUnfinished ? Opcode.continuation : opcode);
    this.#wireUnfinished = !fin;
    this.messagesSent++;
    this.#writeFrame(first, data, typeof data === 'string' ? Buffer.byteLength(data) : data.length);
  }

  /** Encodes one frame straight into the owner's output. */
  #writeFrame(first: number, data: string | Uint8Array, length: number): void {
    const maskingKey = this.#nextMaskingKey?.();
    const bytes = headerBytes(length, maskingKey !== undefined) + length;
    const room = this.#sink.reserve(bytes);
    const start = writeFrameHeader(room, 0, first, length, maskingKey);
    if (typeof data === 'string') room.write(data, start, length, 'utf8');
    else room.set(data, start);
    // MUST (RFC 6455 §5.1): a client masks every frame.
    if (maskingKey !== undefined) mask(room, start, bytes, maskingKey);
    this.#sink.commit(bytes);
  }
}
