/**
 * What we send, in order: encoded at once while the transport takes it, waiting while it is full.
 *
 * Spec      RFC 6455 §5.1 masking, §5.4 fragments, §5.5 control frames between them, §5.5.3 pongs
 * Next      send-queue.ts, control-queue.ts - where frames wait; protocol.ts - when what is sent
 * Left out  how an extension encodes: payload-codec.ts
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
import { ControlQueue } from './control-queue.ts';
import { writeFrame } from './frame-writer.ts';
import type { FrameWriterOptions, SenderSink } from './frame-writer.ts';
import { firstByte } from './frame.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { PayloadCodec } from './payload-codec.ts';
import type { PreparedMessage } from './prepared-message.ts';
import { SendQueue } from './send-queue.ts';
import type { QueueResult, SendCallback, WaitingMessage } from './send-queue.ts';

/** What became of a message: on its way, waiting for the peer to read, or not sent at all. */
export type SendResult = 'sent' | 'queued' | 'dropped';

/** How a MessageSender is set up. */
export interface SenderOptions {
  /** A client's source of masking keys (§5.3); a server has none. It must not send anything. */
  nextMaskingKey: (() => number) | undefined;
  maxQueuedBytes: number;
  policy: SendQueuePolicy;
  /** Who is charged for messages that wait. Default: nobody. */
  budget?: MemoryBudget | undefined;
  /** What each that waits counts besides its payload. Default `waitingOverheadBytes`. */
  overheadBytes?: number | undefined;
  /** Encodes messages, if an extension was agreed on. */
  codec?: PayloadCodec | undefined;
  /** The codec has failed: nothing more can be sent. */
  codecFailed(error: Error): void;
  /** The close frame that waited behind messages is written. */
  closeSent(): void;
}

/** A message whose bytes come later, with its place in the order kept. */
export interface LateMessage {
  /** The bytes are there. */
  resolve(bytes: Uint8Array): void;
  /** They never will be: the message is dropped. */
  reject(): void;
}

/** The sending half of one connection. */
export class MessageSender {
  /** Whole messages and fragments handed over so far. */
  messagesSent = 0;

  readonly #sink: SenderSink;
  readonly #writer: FrameWriterOptions;
  readonly #queue: SendQueue;
  readonly #codec: PayloadCodec | undefined;
  readonly #options: SenderOptions;
  #full = false;
  #pumping = false;
  /** The message on the wire, and the one the caller is sending, are not at their last fragment. */
  #wireUnfinished = false;
  #callerUnfinished = false;
  /** Whether the message that the caller is in the middle of is encoded. */
  #callerEncodes = false;
  readonly #controls = new ControlQueue();
  /** The body of the close frame that follows the last message. */
  #closePayload: Buffer | undefined;

  constructor(sink: SenderSink, options: SenderOptions) {
    this.#sink = sink;
    const { nextMaskingKey } = options;
    this.#writer = { nextMaskingKey, reserve: (bytes) => sink.reserve(bytes) };
    this.#codec = options.codec;
    this.#options = options;
    const { maxQueuedBytes: maxBytes, policy, budget, overheadBytes } = options;
    const onDropped = (messages: readonly WaitingMessage[]) => this.#drop(messages);
    this.#queue = new SendQueue({ maxBytes, policy, budget, overheadBytes, onDropped });
  }

  /** Bytes that wait here, not yet handed to the owner. */
  get waitingBytes(): number {
    return this.#queue.bytes + this.#controls.bytes;
  }

  /** The same with what each message costs besides. */
  get memoryBytes(): number {
    return this.#queue.costBytes + this.#controls.bytes;
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
    compress = true,
  ): SendResult | 'overflow' {
    if (this.#full || this.#queue.length > 0 || this.#codec !== undefined) {
      const bytes = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
      const encoding = this.#encodingOf(bytes, fin, compress);
      if (this.#full || this.#queue.length > 0 || encoding === 'wanted') {
        // The caller may use its bytes again: what waits is a copy.
        const kept = typeof data === 'string' ? data : Buffer.from(data);
        const message = { opcode, data: kept, prepared: undefined, bytes, callback, encoding };
        return this.#wait(message, fin).result;
      }
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
    compress = true,
  ): SendResult | 'overflow' {
    if (!this.#full && this.#queue.length === 0 && !this.#callerUnfinished) {
      this.#writePrepared(prepared, callback, compress);
      return 'sent';
    }
    const { opcode, payload } = prepared;
    const bytes = payload.length;
    const message: Omit<WaitingMessage, 'fin' | 'isWhole'> = {
      opcode,
      data: undefined,
      prepared,
      bytes,
      callback,
      encoding: compress ? 'wanted' : 'none',
    };
    if (!this.#callerUnfinished) return this.#wait(message, true).result;
    const whole = { ...message, fin: true, isWhole: true };
    return this.#orDrop(whole, this.#queue.defer(whole));
  }

  /** Takes the place of a message whose bytes, this many, come later; all others wait behind it. */
  sendLate(
    opcode: Opcode,
    bytes: number,
    fin: boolean,
    callback: SendCallback | undefined,
    compress = true,
  ): { result: SendResult | 'overflow'; late: LateMessage } {
    const encoding = this.#encodingOf(bytes, fin, compress);
    const base = { opcode, data: undefined, prepared: undefined, bytes, callback, encoding };
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
    if (!this.#controls.add(opcode, payload, callback)) {
      if (callback !== undefined) this.#sink.dropped(callback);
      return 'dropped';
    }
    return 'queued';
  }

  /**
   * Answers a ping. MAY (RFC 6455 §5.5.3): of several pings only the latest is answered - while
   * the peer does not read, so that its pings fill no memory of ours.
   */
  answerPing(payload: Buffer): void {
    if (this.#full) this.#controls.addAnswer(payload);
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
    const waiting = [...this.#controls.clear(), ...this.#queue.clear()];
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
    const result = this.#orDrop(message, this.#queue.add(message));
    if (isEnd && result === 'queued') this.#queue.release();
    // Nothing but a message whose bytes are late, or a sink that threw, holds up a free transport.
    if (!this.#full) this.#pump();
    return { message, result };
  }

  #orDrop(message: WaitingMessage, result: QueueResult): QueueResult {
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
    try {
      this.#writeControl(Opcode.close, payload);
    } finally {
      this.#options.closeSent();
    }
  }

  /** Writes a control frame that waits, if there is one. */
  #pumpControl(): boolean {
    const control = this.#controls.shift();
    if (control === undefined) return false;
    this.#writeControl(control.opcode, control.payload, control.callback);
    return true;
  }

  /** Writes the message that waits longest, if there is one and its bytes have come. */
  #pumpMessage(): boolean {
    const next = this.#queue.first();
    if (next === undefined) return false;
    const { opcode, data, prepared, fin, callback, encoding } = next;
    if (prepared !== undefined) {
      this.#queue.removeFirst();
      this.#writePrepared(prepared, callback, encoding === 'wanted');
      return true;
    }
    if (data === undefined || encoding === 'running') return false;
    if (encoding === 'wanted') {
      this.#encodeByCodec(next, data);
      return false;
    }
    const bytes = this.#encodeMessage(opcode, data, fin, encoding === 'done');
    this.#queue.removeFirst();
    this.#handOver(bytes, fin, callback);
    return true;
  }

  /** MAY (RFC 7692 §6): small messages stay as they are; a fragment is what its message is. */
  #encodingOf(bytes: number, fin: boolean, compress: boolean): 'none' | 'wanted' {
    if (this.#codec === undefined) return 'none';
    if (!this.#callerUnfinished) {
      this.#callerEncodes = compress && (!fin || bytes >= this.#codec.threshold);
    }
    return this.#callerEncodes ? 'wanted' : 'none';
  }

  /** Has the first in line encoded; it keeps its place, and is not dropped any more. */
  #encodeByCodec(message: WaitingMessage, data: string | Uint8Array): void {
    message.encoding = 'running';
    message.isWhole = false;
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.#codec!.encode(bytes, message.fin, (error, encoded) => {
      if (this.#queue.first() !== message) return;
      if (error !== undefined) return this.#sink.turn(() => this.#options.codecFailed(error));
      message.data = encoded;
      message.encoding = 'done';
      this.#sink.turn(() => this.#pump());
    });
  }

  /** MUST (RFC 6455 §5.4): what follows the first fragment of a message is a continuation. */
  #encodeMessage(
    opcode: Opcode,
    data: string | Uint8Array,
    fin: boolean,
    isEncoded = false,
  ): number {
    // MUST (RFC 7692 §6.1): RSV1 on the first frame of a compressed message, and on no other.
    const first = this.#wireUnfinished
      ? firstByte(fin, false, Opcode.continuation)
      : firstByte(fin, isEncoded, opcode);
    return writeFrame(this.#writer, first, data);
  }

  /** Writes a message that was encoded before: a server its very frame, a client masks a copy. */
  #writePrepared(
    prepared: PreparedMessage,
    callback: SendCallback | undefined,
    compress: boolean,
  ): void {
    const codec = compress ? this.#codec : undefined;
    const isEncoded = codec !== undefined && prepared.payload.length >= codec.sharedThreshold;
    const { frame, payload } = isEncoded ? prepared.encodedBy(codec) : prepared;
    // MAY (RFC 7692 §7.1.1.1): whoever may keep a context may also begin anew.
    if (isEncoded) codec.forgetContext();
    if (this.#writer.nextMaskingKey !== undefined) {
      const first = firstByte(true, isEncoded, prepared.opcode);
      return this.#handOver(writeFrame(this.#writer, first, payload), true, callback);
    }
    this.messagesSent++;
    if (callback !== undefined) this.#sink.written(callback);
    this.#sink.forward(frame);
  }

  /** Hands over the frame of a message that was encoded. */
  #handOver(bytes: number, fin: boolean, callback: SendCallback | undefined): void {
    this.#wireUnfinished = !fin;
    this.messagesSent++;
    if (callback !== undefined) this.#sink.written(callback);
    this.#sink.commit(bytes);
  }

  #writeControl(opcode: Opcode, payload: Uint8Array, callback?: SendCallback): void {
    const bytes = writeFrame(this.#writer, firstByte(true, false, opcode), payload);
    if (callback !== undefined) this.#sink.written(callback);
    this.#sink.commit(bytes);
  }
}
