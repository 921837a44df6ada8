/**
 * Fuzz target: everything a program may send, in any order, through a transport that fills up.
 *
 * Spec      RFC 6455 §5.1, §5.4, §5.5, §7.1
 * Next      server-handshake-target.ts - how a connection begins
 * Left out  compression, for which a toy stands in
 *
 * What comes out is decoded by the plain routine and read by a connection of the other role: the
 * messages are those that were told to be written, whole and in that order; nothing is both written
 * and dropped, and nothing is forgotten.
 */
import assert from 'node:assert/strict';
import { decodeFrame, PreparedMessage, WebSocketProtocol } from '../../src/websocket/index.ts';
import type { ProtocolSink } from '../../src/websocket/index.ts';
import type { SendQueuePolicy } from '../../src/websocket/connection-options.ts';
import type { LateMessage } from '../../src/websocket/message-sender.ts';
import { mutateList } from './mutation.ts';
import { cutUp, someCuts } from './frame-streams.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { FuzzTarget } from './target.ts';
import { ToyCodec } from './toy-codec.ts';

/** What is done, by number: an input holds no text that could be only one of a few things. */
const actions = [
  'text',
  'binary',
  'prepared',
  'late',
  'resolve late',
  'reject late',
  'ping',
  'pong',
  'fill',
  'drain',
  'receive ping',
  'close',
  'receive close',
  'codec answers',
  'codec fails',
] as const;

type Step = { action: number; fin: boolean; size: number };

type SendingInput = {
  client: boolean;
  policy: number;
  maxQueuedBytes: number;
  /** An extension encodes messages. */
  codec: boolean;
  steps: Step[];
  cuts: number[];
};

/** Messages of fewer bytes are not encoded. */
const thresholdBytes = 10;

const policies: readonly SendQueuePolicy[] = ['close', 'drop-newest', 'drop-oldest'];

/** A message, fragment or control frame that was handed over. */
interface Sent {
  opcode: number;
  payload: Buffer;
  fin: boolean;
  outcome: 'written' | 'dropped' | undefined;
}

class Sender {
  readonly output: Buffer[] = [];
  /** In the order in which they were told to be written. */
  readonly written: Sent[] = [];
  readonly all: Sent[] = [];
  readonly protocol: WebSocketProtocol;
  readonly codec: ToyCodec | undefined;
  closed: string | undefined;
  #late: { late: LateMessage; sent: Sent }[] = [];
  #byCallback = new Map<unknown, Sent>();
  readonly #client: boolean;
  #counter = 0;

  constructor(input: SendingInput) {
    this.#client = input.client;
    let room = Buffer.alloc(0);
    const told = (callback: unknown, outcome: 'written' | 'dropped') => {
      const sent = this.#byCallback.get(callback);
      assert.ok(sent, 'an unknown callback');
      assert.equal(sent.outcome, undefined, 'told of a message twice');
      sent.outcome = outcome;
      if (outcome === 'written') this.written.push(sent);
    };
    const sink: ProtocolSink = {
      message: () => {},
      ping: () => {},
      pong: () => {},
      closed: ({ code, error }) => {
        assert.equal(this.closed, undefined, 'closed comes once');
        this.closed = `${code} ${error?.code ?? ''}`;
      },
      reserve: (bytes) => (room = Buffer.alloc(bytes, 0xee)),
      commit: (bytes) => void this.output.push(room.subarray(0, bytes)),
      forward: (frame) => void this.output.push(frame),
      written: (callback) => told(callback, 'written'),
      dropped: (callback) => told(callback, 'dropped'),
      end: () => {},
      turn: (work) => work(),
    };
    this.codec = input.codec ? new ToyCodec(thresholdBytes, true) : undefined;
    this.protocol = new WebSocketProtocol(sink, {
      role: input.client ? 'client' : 'server',
      nextMaskingKey: () => (0xa1b2c3d4 + this.#counter++) >>> 0,
      sendQueue: {
        maxBytes: input.maxQueuedBytes,
        policy: policies[input.policy % policies.length]!,
      },
      codec: this.codec,
    });
  }

  /** Does one step; each payload begins with a number of its own. */
  take({ action, fin, size }: Step): void {
    const { protocol } = this;
    const name = actions[action % actions.length]!;
    const label = `${this.all.length}:`.padEnd(size, 'é');
    if (name === 'text') this.#send(1, label, fin, (call) => protocol.sendText(label, fin, call));
    else if (name === 'binary') {
      const bytes = Buffer.from(label);
      this.#send(2, label, fin, (call) => protocol.sendBinary(bytes, fin, call));
      bytes.fill(0);
    } else if (name === 'prepared') {
      const prepared = new PreparedMessage(label);
      this.#send(1, label, true, (call) => protocol.sendPrepared(prepared, call));
    } else if (name === 'late') this.#sendLate(label, fin);
    else if (name === 'resolve late') {
      const { late, sent } = this.#late.shift() ?? {};
      late?.resolve(sent!.payload);
    } else if (name === 'reject late') this.#rejectLate();
    else if (name === 'ping' || name === 'pong') {
      const text = label.slice(0, 60);
      const opcode = name === 'ping' ? 9 : 10;
      this.#send(opcode, text, true, (call) => protocol[name](Buffer.from(text), call));
    } else if (name === 'fill' || name === 'drain') protocol.setTransportFull(name === 'fill');
    else if (name === 'close') protocol.close(1000, 'bye');
    else if (name === 'codec answers') this.codec?.complete();
    else if (name === 'codec fails') this.#failCodec();
    else this.#receive(name === 'receive ping' ? 0x89 : 0x88);
  }

  /** Nothing more will be sent: what waits goes out, or is dropped. */
  finish(): void {
    while (this.#late.length > 0) this.#rejectLate();
    this.protocol.setTransportFull(false);
    this.protocol.close(1001);
    while (this.codec?.complete() === true);
    this.protocol.receiveEnd();
    if (this.codec) assert.ok(this.codec.isClosed, 'the extension is closed');
  }

  #failCodec(): void {
    if (this.codec) this.codec.fails = true;
  }

  #send(opcode: number, text: string, fin: boolean, call: (callback: () => void) => string): void {
    const sent: Sent = { opcode, payload: Buffer.from(text), fin, outcome: undefined };
    const callback = () => {};
    const wasOpen = this.protocol.state === 'open';
    this.#byCallback.set(callback, sent);
    this.all.push(sent);
    const result = call(callback);
    if (result === 'sent') assert.equal(sent.outcome, 'written', 'sent is written');
    if (result === 'dropped' && wasOpen) assert.equal(sent.outcome, 'dropped', 'dropped is told');
    // Whoever sends on a connection that is no longer open has the answer already.
    if (result === 'dropped') sent.outcome = 'dropped';
    if (result === 'queued') assert.notEqual(sent.outcome, 'dropped', 'queued is not dropped');
  }

  #sendLate(label: string, fin: boolean): void {
    const { protocol } = this;
    if (protocol.state !== 'open') return;
    const payload = Buffer.from(label);
    this.#send(2, label, fin, (call) => {
      const { result, late } = protocol.sendLate('binary', payload.length, fin, call);
      this.#late.push({ late, sent: this.all.at(-1)! });
      return result;
    });
  }

  #rejectLate(): void {
    const { late, sent } = this.#late.shift() ?? {};
    if (late === undefined) return;
    // A fragment that is missing is an empty one.
    sent!.payload = Buffer.alloc(0);
    late.reject();
  }

  #receive(first: number): void {
    const header = this.#client ? [first, 0] : [first, 0x80, 0, 0, 0, 0];
    this.protocol.receive(Buffer.from(header));
  }
}

/** What the peer must be told: fragments put together, answers to pings left out. */
function messagesOf(written: readonly Sent[]): string[] {
  const messages: string[] = [];
  let parts: Buffer[] = [];
  let kind = '';
  for (const { opcode, payload, fin } of written) {
    if (opcode >= 8) continue;
    if (parts.length === 0) kind = opcode === 1 ? 'text' : 'binary';
    parts.push(payload);
    if (!fin) continue;
    messages.push(`${kind} ${Buffer.concat(parts).toString('hex')}`);
    parts = [];
  }
  return messages;
}

function readByPeer(input: SendingInput, bytes: Buffer): { messages: string[]; closed: string } {
  const messages: string[] = [];
  let closed = '';
  const sink: ProtocolSink = {
    message: (data, kind) => void messages.push(`${kind} ${data.toString('hex')}`),
    ping: () => {},
    pong: () => {},
    closed: ({ code, error }) => void (closed = error?.code ?? String(code)),
    reserve: (length) => Buffer.alloc(length),
    commit: () => {},
    forward: () => {},
    written: () => {},
    dropped: () => {},
    end: () => {},
    turn: (work) => work(),
  };
  const role = input.client ? 'server' : 'client';
  const codec = input.codec ? new ToyCodec(thresholdBytes, true) : undefined;
  const peer = new WebSocketProtocol(sink, { role, nextMaskingKey: () => 0, codec });
  for (const chunk of cutUp(bytes, input.cuts)) peer.receive(chunk);
  while (codec?.complete() === true);
  peer.receiveEnd();
  return { messages, closed };
}

function checkControls(bytes: Buffer, written: readonly Sent[]): void {
  const wanted = written.filter(({ opcode }) => opcode >= 8);
  const controls: string[] = [];
  let closes = 0;
  for (let at = 0; at < bytes.length;) {
    const read = decodeFrame(bytes.subarray(at));
    assert.ok(read, 'whole frames are sent');
    assert.equal(closes, 0, 'a close frame is the last');
    const { opcode, payload } = read.frame;
    if (opcode === 8) closes++;
    // Our answers to pings are empty, as those pings are.
    else if (opcode >= 8 && payload.length > 0) controls.push(`${opcode} ${payload}`);
    at += read.bytesRead;
  }
  assert.deepEqual(
    controls,
    wanted.map(({ opcode, payload }) => `${opcode} ${payload}`),
    'pings and pongs',
  );
}

function someStep(random: SeededRandom): Step {
  const often = [0, 1, 0, 1, 8, 9, 13];
  const action = random.below(2) === 0 ? random.pick(often) : random.below(actions.length);
  const size = random.pick([0, 1, 5, 20, 63, 64, 200]);
  return { action, fin: random.below(3) > 0, size };
}

/** The sending half, both roles. */
export const sendingTarget: FuzzTarget<SendingInput> = {
  name: 'sending',
  about: 'WebSocketProtocol: what is sent is what arrives, through a transport that fills up',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known).steps : undefined;
    const steps = base
      ? mutateList(random, base, () => someStep(random))
      : Array.from({ length: random.below(25) }, () => someStep(random));
    return {
      client: random.below(2) === 0,
      policy: random.below(3),
      maxQueuedBytes: random.pick([0, 300, 1000, 5000, 1 << 20]),
      steps: steps.slice(0, 60),
      codec: random.below(3) === 0,
      cuts: someCuts(random),
    };
  },
  check(input) {
    const sender = new Sender(input);
    for (const step of input.steps) sender.take(step);
    sender.finish();
    for (const { payload, outcome } of sender.all) {
      assert.ok(
        outcome,
        `message ${payload.toString().slice(0, 4)} is neither written nor dropped`,
      );
    }
    assert.equal(sender.protocol.waitingBytes, 0, 'nothing waits after the end');
    const bytes = Buffer.concat(sender.output);
    checkControls(bytes, sender.written);
    const { messages, closed } = readByPeer(input, bytes);
    assert.deepEqual(messages, messagesOf(sender.written));
    assert.match(closed, /^\d+$/, 'the peer finds nothing wrong');
    const last = input.steps.slice(-2).map(({ action }) => actions[action % actions.length]);
    const outcomes = new Set(sender.all.map(({ outcome }) => outcome));
    return `${last.join()} ${[...outcomes].sort().join()} ${sender.closed} ${closed}`;
  },
};
