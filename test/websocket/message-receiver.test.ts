import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../src/websocket/constants.ts';
import { encodeFrame, WebSocketError } from '../../src/websocket/index.ts';
import { MemoryBudget } from '../../src/websocket/memory-budget.ts';
import { MessageReceiver } from '../../src/websocket/message-receiver.ts';
import type { PayloadCodec } from '../../src/websocket/payload-codec.ts';
import { arrivals } from '../../testing/splits.ts';

type Decoded = (error: WebSocketError | undefined, data: Buffer) => void;

/** A codec whose answers come when the test gives them. */
function manualCodec() {
  const asked: { data: string; maxBytes: number; done: Decoded }[] = [];
  const codec: PayloadCodec = {
    threshold: 0,
    sharedThreshold: 0,
    sharedKey: 15,
    memory: { deflate: 0, inflate: 0 },
    encode: () => assert.fail('encode'),
    encodeShared: () => assert.fail('encodeShared'),
    forgetContext: () => assert.fail('forgetContext'),
    decode: (data, maxBytes, done) => void asked.push({ data: String(data), maxBytes, done }),
    close: () => {},
  };
  return { codec, asked };
}

/** A receiver of a client's, which writes down what comes out. */
function record(codec?: PayloadCodec, maxMessageBytes = 100, budget?: MemoryBudget) {
  const told: string[] = [];
  const state = { told, isReading: true, onEvent: (_event: string) => {} };
  const note = (event: string) => {
    told.push(event);
    state.onEvent(event);
  };
  const receiver = new MessageReceiver(
    {
      isReading: () => state.isReading,
      message: (data, kind) => note(`${kind} ${data}`.trimEnd()),
      control: (opcode, payload) => note(`control ${opcode} ${payload}`.trimEnd()),
      failed: (error) => {
        state.isReading = false;
        note(`${error.code} ${error.frame?.header.payloadLength}`);
      },
      turn: (work) => work(),
    },
    { role: 'client', maxMessageBytes, codec, budget },
  );
  return Object.assign(state, { receiver });
}

function frame(payload: string, fields: { opcode?: Opcode; fin?: boolean; rsv1?: boolean } = {}) {
  return encodeFrame({ opcode: Opcode.text, payload: Buffer.from(payload), ...fields });
}

const ping = frame('?', { opcode: Opcode.ping });
const stream = Buffer.concat([
  frame('one'),
  frame('t', { fin: false }),
  ping,
  frame('wo', { opcode: Opcode.continuation }),
  frame('', { opcode: Opcode.binary }),
]);
const wanted = ['text one', 'control 9 ?', 'text two', 'binary'];

test('§5.4 messages and control frames come out in order, in any split', () => {
  for (const { chunks, name } of arrivals(stream)) {
    const { receiver, told } = record();
    for (const chunk of chunks) receiver.push(chunk);
    assert.deepEqual(told, wanted, name);
    assert.equal(receiver.messagesReceived, 3);
    assert.equal(receiver.unfinishedMessage, undefined);
  }
});

test('RFC 7692 §6.2 nothing behind a compressed message comes out before it', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec);
  receiver.push(Buffer.concat([frame('abc', { rsv1: true }), ping, frame('plain')]));
  assert.deepEqual(told, []);
  assert.equal(receiver.isDecoding, true);
  assert.deepEqual(
    asked.map(({ data, maxBytes }) => [data, maxBytes]),
    [['abc', 100]],
  );
  receiver.push(frame('later'));
  asked[0]!.done(undefined, Buffer.from('ABC'));
  assert.deepEqual(told, ['text ABC', 'control 9 ?', 'text plain', 'text later']);
  assert.equal(receiver.isDecoding, false);
  assert.equal(receiver.messagesReceived, 3);
});

test('RFC 7692 §6.2 the fragments of a compressed message are decoded as one', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec);
  receiver.push(frame('ab', { rsv1: true, fin: false }));
  assert.equal(receiver.unfinishedMessage, 1);
  receiver.push(Buffer.concat([ping, frame('c', { opcode: Opcode.continuation })]));
  assert.deepEqual(told, ['control 9 ?']);
  assert.equal(asked[0]?.data, 'abc');
});

test('what was decoded waits while reading is paused, and keeps its place', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec);
  receiver.push(Buffer.concat([frame('a', { rsv1: true }), frame('b', { rsv1: true })]));
  receiver.pause();
  asked[0]!.done(undefined, Buffer.from('A'));
  assert.deepEqual([told, asked.length], [[], 1]);
  receiver.resume();
  assert.deepEqual([told, asked.length], [['text A'], 2]);
  asked[1]!.done(undefined, Buffer.from('B'));
  assert.deepEqual(told, ['text A', 'text B']);
});

test('a message may pause from within; resume from within does not read twice', () => {
  const recorded = record();
  const { receiver, told } = recorded;
  recorded.onEvent = () => {
    receiver.pause();
    receiver.resume();
  };
  receiver.push(Buffer.from(stream));
  assert.deepEqual(told, wanted);
  recorded.onEvent = () => receiver.pause();
  receiver.push(Buffer.concat([frame('x'), frame('y')]));
  assert.equal(told.at(-1), 'text x');
});

test('what is decoded after the end is thrown away, and so is an error', () => {
  for (const error of [undefined, new WebSocketError('ERR_WS_INFLATE', 'x', '§7.2.2', 1007)]) {
    const { codec, asked } = manualCodec();
    const recorded = record(codec);
    recorded.receiver.push(frame('a', { rsv1: true }));
    recorded.isReading = false;
    asked[0]!.done(error, Buffer.from('A'));
    assert.deepEqual(recorded.told, []);
  }
});

test('an error of the codec fails, with the frame that ended the message', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec);
  receiver.push(Buffer.concat([frame('a', { rsv1: true }), frame('behind')]));
  asked[0]!.done(new WebSocketError('ERR_WS_INFLATE', 'x', '§7.2.2', 1007), Buffer.alloc(0));
  assert.deepEqual(told, ['ERR_WS_INFLATE 1']);
});

test('§8.1 it is the decoded text that must be UTF-8', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec);
  const payload = Buffer.from([0xff, 0xfe]);
  receiver.push(encodeFrame({ opcode: Opcode.text, payload, rsv1: true }));
  assert.equal(asked.length, 1, 'its compressed form need not be');
  asked[0]!.done(undefined, Buffer.from([0xc3]));
  assert.deepEqual(told, ['ERR_WS_INVALID_UTF8 2']);
});

const broken = [
  {
    name: 'RSV1 on a continuation',
    frames: [
      frame('a', { fin: false, rsv1: true }),
      frame('b', { opcode: Opcode.continuation, rsv1: true }),
    ],
  },
  {
    name: 'RSV1 on a continuation of plain text',
    frames: [frame('a', { fin: false }), frame('b', { opcode: Opcode.continuation, rsv1: true })],
  },
  { name: 'RSV1 on a ping', frames: [frame('a', { opcode: Opcode.ping, rsv1: true })] },
  { name: 'RSV1 on a close frame', frames: [frame('', { opcode: Opcode.close, rsv1: true })] },
];
for (const { name, frames } of broken) {
  test(`RFC 7692 §6.1 ${name} is refused`, () => {
    const { receiver, told } = record(manualCodec().codec);
    receiver.push(Buffer.concat(frames));
    assert.match(told.join(), /^ERR_WS_RESERVED_BITS/);
  });
}

test('§5.2 without an extension RSV1 is refused on any frame', () => {
  const { receiver, told } = record();
  receiver.push(frame('a', { rsv1: true }));
  assert.match(told.join(), /^ERR_WS_RESERVED_BITS/);
});

test('§10.4 the limit counts what comes on the wire, and is handed to the codec', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec, 4);
  receiver.push(frame('abcd', { rsv1: true }));
  assert.equal(asked[0]?.maxBytes, 4);
  asked[0]!.done(undefined, Buffer.from('A'));
  receiver.push(frame('abcde', { rsv1: true }).subarray(0, 2));
  assert.deepEqual(told, ['text A', 'ERR_WS_MESSAGE_TOO_BIG 5']);
});

test('what is held is counted, and charged as long as it is unfinished', () => {
  const { codec, asked } = manualCodec();
  const budget = new MemoryBudget(300);
  const { receiver, told } = record(codec, 1000, budget);
  receiver.push(frame('12345', { rsv1: true }));
  assert.deepEqual(receiver.memory, { parser: 7, message: 0, decoding: 5 });
  assert.equal(budget.usedBytes, 5);
  receiver.pause();
  asked[0]!.done(undefined, Buffer.from('1234567890'));
  assert.deepEqual(receiver.memory, { parser: 7, message: 0, decoding: 10 });
  assert.equal(budget.usedBytes, 0, 'it is finished, and only waits');
  receiver.push(frame('in parts', { fin: false, opcode: Opcode.binary }));
  assert.equal(receiver.memory.parser, 10);
  receiver.resume();
  assert.deepEqual(receiver.memory, { parser: 0, message: 256, decoding: 0 });
  receiver.push(ping.subarray(0, 1));
  assert.equal(receiver.memory.parser, 1);
  receiver.discard();
  receiver.discard();
  assert.deepEqual([receiver.memory.message, budget.usedBytes], [0, 0]);
  assert.deepEqual(told, ['text 1234567890']);
});

test('§7.4.1 a compressed message that the budget has no room for is not decoded', () => {
  const { codec, asked } = manualCodec();
  const { receiver, told } = record(codec, 1000, new MemoryBudget(4));
  receiver.push(frame('12345', { rsv1: true }));
  assert.deepEqual(told, ['ERR_WS_MEMORY_BUDGET 5']);
  assert.equal(asked.length, 0);
  receiver.discard();
  assert.deepEqual(receiver.memory, { parser: 0, message: 0, decoding: 0 });
});
