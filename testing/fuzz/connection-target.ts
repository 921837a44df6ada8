/**
 * Fuzz target: WebSocketProtocol in both roles, reading whatever a peer may send, in every split.
 *
 * Spec      RFC 6455 §5, §7, §8.1
 * Next      sending-target.ts - the other direction
 * Left out  compression, for which a toy stands in
 *
 * What is told and what is sent must be what a plain reading of the whole stream says - also when
 * reading is paused in the middle, when the owner throws, and when each byte comes alone.
 */
import assert from 'node:assert/strict';
import { decodeFrame, WebSocketProtocol } from '../../src/websocket/index.ts';
import type { ProtocolSink } from '../../src/websocket/index.ts';
import { countAllocations } from './allocations.ts';
import { closeCodeOf, readPlainly } from './plain-reading.ts';
import type { PlainReading } from './plain-reading.ts';
import { someCuts, someStream, splitsOf } from './frame-streams.ts';
import type { FuzzTarget } from './target.ts';
import { ToyCodec } from './toy-codec.ts';

type ConnectionInput = {
  /** We are a client; else a server. */
  client: boolean;
  maxMessageBytes: number;
  /** 0 for no limit. */
  maxFragments: number;
  skipUtf8Validation: boolean;
  autoPong: boolean;
  /** We have sent a close frame before anything came. */
  closing: boolean;
  /** Reading pauses at every event whose number can be divided by this; 0 for never. */
  pauseEvery: number;
  /** The owner throws at such events. */
  throwEvery: number;
  /** An extension encodes messages; it answers behind every second chunk. */
  codec: boolean;
  bytes: string;
  cuts: number[];
};

/** A mistake of the owner's, which the protocol must outlive. */
class OwnerError extends Error {}

const afterTheEnd = [Buffer.from('8100', 'hex'), Buffer.from('818000000000', 'hex')];

class Peer {
  readonly events: string[] = [];
  readonly output: Buffer[] = [];
  readonly protocol: WebSocketProtocol;
  readonly codec: ToyCodec | undefined;
  errorOffset: number | undefined;
  ended = false;
  #message = '';

  constructor(input: ConnectionInput, interrupts: boolean) {
    let room = Buffer.alloc(0);
    const note = (event: string) => {
      assert.ok(!this.isClosed, 'closed is the last event');
      this.events.push(event);
      const { length } = this.events;
      if (!interrupts || event.startsWith('closed')) return;
      if (input.pauseEvery > 0 && length % input.pauseEvery === 0) this.protocol.pause();
      if (input.throwEvery > 0 && length % input.throwEvery === 0) throw new OwnerError();
    };
    const sink: ProtocolSink = {
      message: (data, kind) => note(`${kind} ${data.toString('hex')}`),
      ping: (payload) => note(`ping ${payload.toString('hex')}`),
      pong: (payload) => note(`pong ${payload.toString('hex')}`),
      closed: ({ code, reason, wasClean, error }) => {
        this.errorOffset = error?.frame?.byteOffset;
        this.#message = error?.message ?? '';
        if (error !== undefined) {
          assert.match(error.section, /^RFC \d+ §\d/);
          assert.equal(error.closeCode, closeCodeOf(error.code), 'close code fits the rule');
          const isToys = error.code === 'ERR_WS_INFLATE';
          assert.ok(isToys || error.likelyCauses.length > 0, 'an error has likely causes');
        }
        const what = error?.code ?? reason.toString('hex');
        note(`closed ${code} ${what}${wasClean ? ' clean' : ''}`);
      },
      reserve: (bytes) => (room = Buffer.alloc(bytes, 0xee)),
      commit: (bytes) => void this.output.push(room.subarray(0, bytes)),
      forward: (frame) => void this.output.push(frame),
      written: () => assert.fail('nobody asked'),
      dropped: () => assert.fail('nobody asked'),
      end: () => {
        assert.ok(!this.ended, 'end comes once');
        this.ended = true;
      },
      turn: (work) => work(),
    };
    this.codec = input.codec ? new ToyCodec(0, false) : undefined;
    this.protocol = new WebSocketProtocol(sink, {
      role: input.client ? 'client' : 'server',
      maxMessageBytes: input.maxMessageBytes,
      maxFragments: input.maxFragments || undefined,
      skipUtf8Validation: input.skipUtf8Validation,
      autoPong: input.autoPong,
      nextMaskingKey: () => 0xa1b2c3d4,
      codec: this.codec,
    });
    if (input.closing) this.protocol.close(1000);
  }

  get isClosed(): boolean {
    return this.events.at(-1)?.startsWith('closed') === true;
  }

  /** Calls the protocol; what the owner throws comes back out of it and nothing else does. */
  tell(action: (protocol: WebSocketProtocol) => void): void {
    try {
      action(this.protocol);
    } catch (thrown) {
      if (!(thrown instanceof OwnerError)) throw thrown;
    }
  }

  /** Lets a paused protocol, or one whose owner threw, read what it kept. */
  drain(): void {
    for (let before = -1; before !== this.events.length;) {
      before = this.events.length;
      this.tell((protocol) => protocol.resume());
    }
  }

  /** Lets the extension answer, once; false if it was not asked. */
  complete(): boolean {
    let answered = true;
    this.tell(() => {
      answered = this.codec?.complete() === true;
    });
    return answered;
  }

  /** What was sent, in the form of a plain reading. */
  sent(masked: boolean): string[] {
    const lines: string[] = [];
    const bytes = Buffer.concat(this.output);
    for (let at = 0; at < bytes.length;) {
      const read = decodeFrame(bytes.subarray(at));
      assert.ok(read, 'whole frames are sent');
      const { fin, rsv1, rsv2, rsv3, opcode, maskingKey, payload } = read.frame;
      assert.ok(fin && !rsv1 && !rsv2 && !rsv3, 'control frames are whole');
      assert.equal(maskingKey, masked ? 0xa1b2c3d4 : undefined, 'clients mask, servers do not');
      const told = this.#message !== '' && payload.subarray(2).toString() === this.#message;
      lines.push(`${opcode} ${told ? payload.readUInt16BE() : payload.toString('hex')}`);
      at += read.bytesRead;
    }
    return lines;
  }
}

function receiveAll(input: ConnectionInput, chunks: readonly Buffer[], interrupts: boolean): Peer {
  const peer = new Peer(input, interrupts);
  for (const [index, chunk] of chunks.entries()) {
    peer.tell((protocol) => protocol.receive(chunk));
    if (interrupts && chunk.length % 3 === 0) peer.drain();
    if (index % 2 === 1) peer.complete();
  }
  do {
    if (interrupts) peer.drain();
  } while (peer.complete());
  if (peer.isClosed) {
    for (const chunk of afterTheEnd) peer.protocol.receive(Buffer.from(chunk));
    assert.equal(peer.protocol.sendText('late'), 'dropped', 'nothing is sent after the end');
    if (peer.codec) assert.ok(peer.codec.isClosed, 'the extension is closed');
  }
  return peer;
}

/** The transport ends behind every stream. */
function withEnd(reading: PlainReading): PlainReading {
  if (reading.events.at(-1)?.startsWith('closed')) return reading;
  return { ...reading, events: [...reading.events, 'closed 1006 '] };
}

/** The announced length may be allocated at once and fragments in a buffer that doubles. */
function allowedBytes(reading: PlainReading, received: number): number {
  return 8 * reading.announcedBytes + 300 * received + 16 * 1024;
}

/** Both roles of a connection, reading. */
export const connectionTarget: FuzzTarget<ConnectionInput> = {
  name: 'connection',
  about: 'WebSocketProtocol, both roles: messages, text, pings and closing in every split',
  create(random, known) {
    const client = random.below(2) === 0;
    const base = known.length > 0 ? random.pick(known).bytes : '';
    const rarely = () => random.below(8) === 0;
    return {
      client,
      maxMessageBytes: rarely() ? random.pick([0, 1, 5, 125, 126, 300]) : 1 << 20,
      maxFragments: rarely() ? 1 + random.below(3) : 0,
      skipUtf8Validation: rarely(),
      autoPong: !rarely(),
      closing: rarely(),
      pauseEvery: random.below(3),
      throwEvery: rarely() ? 1 + random.below(3) : 0,
      codec: random.below(3) === 0,
      bytes: someStream(random, !client, Buffer.from(base, 'hex')).toString('hex'),
      cuts: someCuts(random),
    };
  },
  check(input) {
    const bytes = Buffer.from(input.bytes, 'hex');
    const { client, maxFragments, ...rest } = input;
    const options = { ...rest, expectMasked: !client, maxFragments: maxFragments || Infinity };
    const reading = readPlainly(bytes, options);
    const want = withEnd(reading);
    const sentFirst = input.closing ? ['8 03e8'] : [];
    for (const interrupts of [false, true]) {
      for (const chunks of splitsOf(bytes, input.cuts)) {
        let peer: Peer | undefined;
        const allocated = countAllocations(() => {
          peer = receiveAll(input, chunks, interrupts);
        });
        assert.ok(peer);
        if (!interrupts) {
          const allowed = allowedBytes(reading, bytes.length);
          assert.ok(allocated <= allowed, `allocated ${allocated} bytes, allowed ${allowed}`);
        }
        peer.tell((protocol) => protocol.receiveEnd());
        peer.tell((protocol) => protocol.receiveEnd());
        assert.deepEqual(peer.events, want.events);
        assert.ok(peer.ended, 'the transport is ended');
        assert.deepEqual(peer.sent(client), [...sentFirst, ...want.sent]);
        assert.equal(peer.errorOffset, want.errorOffset, 'the error names the frame');
      }
    }
    const kinds = new Set(want.events.map((event) => event.split(' ', 1)[0]));
    return `${client} ${input.codec} ${[...kinds].join(' ')} ${want.events.at(-1)?.slice(0, 40)}`;
  },
};
