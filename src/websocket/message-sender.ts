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

/**
 * Where frames go. `reserve` and `written` come between frames that are not yet handed over, so
 * these two must not send anything; the others may throw, or call back into the connection.
 */
export interface SenderSink {
  /** Room in the owner's output ... */
  reserve(bytes: number): Buffer;
  /** ... which was filled from its start and is handed over. */
  commit(bytes: number): void;
  /** A frame encoded before and shared between connections: to be written, never to be changed. */
  forward(frame: Buffer): void;
  /** The frame committed next, at once after this, has somebody who wants to know its fate. */
  written(callback: SendCallback): void;
  /** A message was dropped that somebody wants to know of. */
  dropped(callback: SendCallback): void;
}

/** How a MessageSender is set up. */
export interface SenderOptions {
  /** A client's source of masking keys (§5.3); a server has none. It must not send anything. */
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
  #controls: WaitingControl[] = [];
  #controlBytes = 0;
  /** The latest answer to a ping, while the transport is full. */
  #latestPong: Buffer | undefined;
  /** The body of the close frame that follows the last message. */
  #closePayload: Buffer | undefined;

  constructor(sink: SenderSink, options: SenderOptions) {
    this.#sink = sink;
    this.#nextMaskingKey = options.nextMaskingKey;
    this.#queue = new SendQueue(options.maxQueuedBytes, options.policy, (messages) =>
      this.#drop(messages),
    );
  }

  /** Bytes that wait here, not yet handed to the owner. */
  get waitingBytes(): number {
    const pongBytes = this.#latestPong === undefined ? 0 : this.#latestPong.length + 2;
    return this.#queue.bytes + this.#controlBytes + pongBytes;
  }

  /** The body of the close frame that waits behind messages, if there is one. */
  get waitingClose(): Buffer | undefined {
    return this.#closePayload;
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
    if (this.#full || this.#queue.length > 0) {
      const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
      // The caller may use its bytes again: what waits is a copy.
      const kept = typeof data === 'string' ? data : Buffer.from(data);
      return this.#wait({ opcode, data: kept, prepared: undefined, bytes, callback }, fin).result;
    }
    const bytes = this.#encodeMessage(opcode, data, fin);
    const isEnd = fin && this.#callerUnfinished;
    this.#callerUnfinished = !fin;
    // Before the sink is called, which may send in its turn: that goes behind what was deferred.
    if (isEnd) this.#queue.release();
    this.#handOver(bytes, fin, callback);
    if (isEnd) this.#pump();
    return 'sent';
  }

  /** Sends a message encoded before; whole, so it waits for the end of a fragmented one. */
  sendPrepared(
    prepared: PreparedMessage,
    callback: SendCallback | undefined,
  ): SendResult | 'overflow' {
    if (!this.#full && this.#queue.length === 0 && !this.#callerUnfinished) {
      if (this.#nextMaskingKey === undefined) this.#forward(prepared, callback);
      else this.#handOver(this.#encodePrepared(prepared), true, callback);
      return 'sent';
    }
    const { opcode, payload } = prepared;
    const bytes = payload.length;
    const message = { opcode, data: undefined, prepared, bytes, callback };
    if (!this.#callerUnfinished) return this.#wait(message, true).result;
    const whole = { ...message, fin: true, isWhole: true };
    return this.#answer(whole, this.#queue.defer(whole));
  }

  /** Takes the place of a message whose bytes, this many, come later; all others wait behind it. */
  sendLate(
    opcode: Opcode,
    bytes: number,
    fin: boolean,
    callback: SendCallback | undefined,
  ): { result: SendResult | 'overflow'; late: LateMessage } {
    const base = { opcode, data: undefined, prepared: undefined, bytes, callback };
    const { message, result } = this.#wait(base, fin);
    const resolve = (data: Uint8Array) => {
      message.data = data;
      this.#pump();
    };
    const reject = () => {
      // A fragment that is missing would damage its message: then it is an empty one.
      if (!message.isWhole) return resolve(Buffer.alloc(0));
      try {
        if (this.#queue.remove(message)) this.#drop([message]);
      } finally {
        this.#pump();
      }
    };
    return { result, late: { resolve, reject } };
  }

  /** Sends a ping or a pong of the application, ahead of messages that wait. */
  sendControl(opcode: Opcode, payload: Uint8Array, callback: SendCallback | undefined): SendResult {
    if (!this.#full) {
      this.#writeControl(opcode, payload, callback);
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
    else this.#writeControl(Opcode.pong, payload);
  }

  /** Sends a close frame with this body behind all that waits. */
  closeAfterMessages(payload: Buffer): void {
    this.#closePayload = payload;
    try {
      // A fragmented message without an end would hold up for ever what is deferred behind it.
      this.#drop(this.#queue.takeDeferred());
    } finally {
      this.#pump();
    }
  }

  /** Sends a close frame at once and drops what waits, a close frame too. */
  closeNow(payload: Buffer): void {
    const waiting = this.#takeWaiting();
    try {
      this.#writeControl(Opcode.close, payload);
    } finally {
      this.#drop(waiting);
    }
  }

  /** Drops everything that waits; whoever asked is told. */
  discard(): void {
    this.#drop(this.#takeWaiting());
  }

  #takeWaiting(): { callback: SendCallback | undefined }[] {
    const waiting = [...this.#controls, ...this.#queue.clear()];
    this.#controls = [];
    this.#controlBytes = 0;
    this.#latestPong = undefined;
    this.#closePayload = undefined;
    return waiting;
  }

  /** Puts a message, or a fragment of one, in line. */
  #wait(
    base: Omit<WaitingMessage, 'fin' | 'isWhole'>,
    fin: boolean,
  ): { message: WaitingMessage; result: QueueResult } {
    const isEnd = fin && this.#callerUnfinished;
    const message = { ...base, fin, isWhole: fin && !isEnd };
    this.#callerUnfinished = !fin;
    const result = this.#answer(message, this.#queue.add(message));
    if (isEnd && result === 'queued') this.#queue.release();
    // Nothing but a message whose bytes are late, or a sink that threw, holds up a free transport.
    if (!this.#full) this.#pump();
    return { message, result };
  }

  #answer(message: WaitingMessage, result: QueueResult): QueueResult {
    if (result !== 'queued') this.#drop([message]);
    return result;
  }

  /** Tells whoever asked, of all of them, even if the sink throws. */
  #drop(messages: readonly { callback: SendCallback | undefined }[]): void {
    let failure: { error: unknown } | undefined;
    for (const { callback } of messages) {
      if (callback === undefined) continue;
      try {
        this.#sink.dropped(callback);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** Writes what waits, for as long as the transport takes it. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#full && (this.#pumpControl() || this.#pumpMessage()));
    } finally {
      this.#pumping = false;
    }
    const payload = this.#closePayload;
    if (payload === undefined || this.#full || this.#queue.length > 0) return;
    this.#closePayload = undefined;
    this.#writeControl(Opcode.close, payload);
  }

  /** Writes a control frame that waits, if there is one. */
  #pumpControl(): boolean {
    const pong = this.#latestPong;
    if (pong !== undefined) {
      this.#latestPong = undefined;
      this.#writeControl(Opcode.pong, pong);
      return true;
    }
    const control = this.#controls.shift();
    if (control === undefined) return false;
    this.#controlBytes -= control.payload.length + 2;
    this.#writeControl(control.opcode, control.payload, control.callback);
    return true;
  }

  /** Writes the message that waits longest, if there is one and its bytes have come. */
  #pumpMessage(): boolean {
    const next = this.#queue.first();
    if (next === undefined) return false;
    const { opcode, data, prepared, fin, callback } = next;
    if (prepared !== undefined && this.#nextMaskingKey === undefined) {
      this.#queue.removeFirst();
      this.#forward(prepared, callback);
      return true;
    }
    if (prepared === undefined && data === undefined) return false;
    const bytes =
      prepared === undefined
        ? this.#encodeMessage(opcode, data!, fin)
        : this.#encodePrepared(prepared);
    this.#queue.removeFirst();
    this.#handOver(bytes, fin, callback);
    return true;
  }

  /** MUST (RFC 6455 §5.4): what follows the first fragment of a message is a continuation. */
  #encodeMessage(opcode: Opcode, data: string | Uint8Array, fin: boolean): number {
    const first = firstByte(fin, false, this.#wireUnfinished ? Opcode.continuation : opcode);
    return this.#encode(
      first,
      data,
      typeof data === 'string' ? Buffer.byteLength(data) : data.length,
    );
  }

  #encodePrepared({ opcode, payload }: PreparedMessage): number {
    return this.#encode(firstByte(true, false, opcode), payload, payload.length);
  }

  #forward(prepared: PreparedMessage, callback: SendCallback | undefined): void {
    this.messagesSent++;
    if (callback !== undefined) this.#sink.written(callback);
    this.#sink.forward(prepared.frame);
  }

  /** Hands over the frame of a message that was encoded. */
  #handOver(bytes: number, fin: boolean, callback: SendCallback | undefined): void {
    this.#wireUnfinished = !fin;
    this.messagesSent++;
    if (callback !== undefined) this.#sink.written(callback);
    this.#sink.commit(bytes);
  }

  #writeControl(opcode: Opcode, payload: Uint8Array, callback?: SendCallback): void {
    const bytes = this.#encode(firstByte(true, false, opcode), payload, payload.length);
    if (callback !== undefined) this.#sink.written(callback);
    this.#sink.commit(bytes);
  }

  /** Encodes one frame straight into the owner's output, to be committed at once; its length. */
  #encode(first: number, data: string | Uint8Array, length: number): number {
    const maskingKey = this.#nextMaskingKey?.();
    const bytes = headerBytes(length, maskingKey !== undefined) + length;
    const room = this.#sink.reserve(bytes);
    const start = writeFrameHeader(room, 0, first, length, maskingKey);
    if (typeof data === 'string') room.write(data, start, length, 'utf8');
    else room.set(data, start);
    // MUST (RFC 6455 §5.1): a client masks every frame.
    if (maskingKey !== undefined) mask(room, start, bytes, maskingKey);
    return bytes;
  }
}
