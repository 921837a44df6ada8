/**
 * Fuzz target: two connections that talk to each other, compressed by what they agreed on.
 *
 * Spec      RFC 7692 §6.1, §6.2, §7.2; RFC 6455 §5.4
 * Next      deflate-target.ts - zlib alone, also with damaged messages
 * Left out  what breaks a rule: connection-target.ts
 *
 * Messages of every kind, whole and in fragments, with pings between, in both directions at once:
 * each arrives as it was sent, and in order.
 */
import assert from 'node:assert/strict';
import { PreparedMessage, WebSocketProtocol } from '../../src/websocket/index.ts';
import type { ProtocolSink } from '../../src/websocket/index.ts';
import { MessageDeflate } from '../../src/websocket/deflate/message-deflate.ts';
import { cutUp, someCuts } from './frame-streams.ts';
import { mutateList } from './mutation.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { FuzzTarget } from './target.ts';

type Step = {
  client: boolean;
  /** 0 text, 1 binary, 2 prepared, 3 ping. */
  action: number;
  fin: boolean;
  size: number;
  /** After how many characters the content repeats. */
  period: number;
};

type CompressedInput = {
  serverBits: number;
  clientBits: number;
  serverTakeover: boolean;
  clientTakeover: boolean;
  threshold: number;
  steps: Step[];
  cuts: number[];
};

class End {
  readonly protocol: WebSocketProtocol;
  readonly sent: string[] = [];
  readonly received: string[] = [];
  #wire: Buffer[] = [];
  #unfinished: { kind: string; text: string } | undefined;

  constructor(input: CompressedInput, role: 'client' | 'server') {
    const { serverBits, clientBits, serverTakeover, clientTakeover, threshold } = input;
    const agreed = {
      server: { windowBits: serverBits, contextTakeover: serverTakeover },
      client: { windowBits: clientBits, contextTakeover: clientTakeover },
    };
    let room = Buffer.alloc(0);
    const sink: ProtocolSink = {
      message: (data, kind) => void this.received.push(`${kind} ${data.toString()}`),
      ping: (payload) => void this.received.push(`ping ${payload.toString()}`),
      pong: () => {},
      closed: ({ code, error }) => void this.received.push(`closed ${error?.code ?? code}`),
      reserve: (bytes) => (room = Buffer.alloc(bytes, 0xee)),
      commit: (bytes) => void this.#wire.push(room.subarray(0, bytes)),
      forward: (frame) => void this.#wire.push(frame),
      written: () => {},
      dropped: () => {},
      end: () => {},
      turn: (work) => work(),
    };
    this.protocol = new WebSocketProtocol(sink, {
      role,
      nextMaskingKey: () => 0xa1b2c3d4,
      codec: new MessageDeflate(role, agreed, { threshold }),
    });
  }

  take({ action, fin, size, period }: Step, number: number): void {
    const { protocol } = this;
    const text = `${number}:${'né'.repeat(Math.max(1, period))}`.repeat(size).slice(0, size);
    const content = size === 0 ? '' : text;
    const kind = action % 4;
    if (kind === 0) this.#note('text', content, fin, protocol.sendText(content, fin));
    else if (kind === 1) {
      this.#note('binary', content, fin, protocol.sendBinary(Buffer.from(content), fin));
    } else if (kind === 2 && this.#unfinished === undefined) {
      this.#note('text', content, true, protocol.sendPrepared(new PreparedMessage(content)));
    } else protocol.ping(Buffer.from(`${number}`));
  }

  /** Takes the bytes that were sent since. */
  takeWire(): Buffer {
    const bytes = Buffer.concat(this.#wire);
    this.#wire = [];
    return bytes;
  }

  /** Ends a message that is not at its last fragment. */
  finishMessage(): void {
    if (this.#unfinished) this.#note('text', '', true, this.protocol.sendText('', true));
  }

  #note(kind: string, text: string, fin: boolean, result: string): void {
    assert.notEqual(result, 'dropped', 'nothing is dropped');
    const begun = this.#unfinished ?? { kind, text: '' };
    begun.text += text;
    this.#unfinished = fin ? undefined : begun;
    if (fin) this.sent.push(`${begun.kind} ${begun.text}`);
  }
}

/** Some messages take some milliseconds: what has not come by then never will. */
const stuckMs = 10_000;

/** Carries bytes to and fro until everything has arrived. */
async function deliver(client: End, server: End, cuts: readonly number[]): Promise<void> {
  const messages = (end: End) => end.received.filter((line) => !line.startsWith('ping'));
  // Who closes has found something wrong, and nothing more arrives.
  const isDone = (from: End, to: End) =>
    messages(to).length >= from.sent.length || to.protocol.state === 'closed';
  for (const end = performance.now() + stuckMs; ;) {
    for (const chunk of cutUp(client.takeWire(), cuts)) server.protocol.receive(chunk);
    for (const chunk of cutUp(server.takeWire(), cuts)) client.protocol.receive(chunk);
    if (isDone(client, server) && isDone(server, client)) break;
    assert.ok(performance.now() < end, 'a message does not arrive');
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(messages(server), client.sent, 'what the client sent');
  assert.deepEqual(messages(client), server.sent, 'what the server sent');
}

function someStep(random: SeededRandom): Step {
  return {
    client: random.below(2) === 0,
    action: random.below(4),
    fin: random.below(3) > 0,
    size: random.pick([0, 1, 5, 100, 300, 1024, random.below(40_000)]),
    period: random.pick([1, 2, 20, 130, 300]),
  };
}

/** Compressed connections. */
export const compressedTarget: FuzzTarget<CompressedInput> = {
  name: 'compressed',
  about: 'two connections talking, compressed in every way that can be agreed on',
  create(random, known) {
    const base = known.length > 0 && random.below(2) === 0 ? random.pick(known).steps : undefined;
    const steps = base
      ? mutateList(random, base, () => someStep(random))
      : Array.from({ length: random.below(10) }, () => someStep(random));
    return {
      serverBits: 8 + random.below(8),
      clientBits: 8 + random.below(8),
      serverTakeover: random.below(2) === 0,
      clientTakeover: random.below(2) === 0,
      threshold: random.pick([0, 1, 100, 1024]),
      steps: steps.slice(0, 20),
      cuts: random.below(2) === 0 ? [] : someCuts(random).map((size) => size * 50),
    };
  },
  async check(input) {
    const client = new End(input, 'client');
    const server = new End(input, 'server');
    for (const [index, step] of input.steps.entries()) {
      (step.client ? client : server).take(step, index);
    }
    client.finishMessage();
    server.finishMessage();
    try {
      await deliver(client, server, input.cuts);
    } finally {
      // Also of one that fails: the places at zlib are those of the whole process.
      for (const { protocol } of [client, server]) protocol.receiveEnd();
    }
    const shapes = input.steps.map(
      ({ action, fin, size }) => `${action}${fin}${Math.min(1, size)}`,
    );
    const takeover = `${input.serverTakeover} ${input.clientTakeover}`;
    return `${takeover} ${input.threshold} ${shapes.slice(-2).join()}`;
  },
};
