import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeFrame,
  PreparedMessage,
  WebSocketError,
  WebSocketProtocol,
} from '../../src/websocket/index.ts';
import type { CloseOutcome, Opcode } from '../../src/websocket/index.ts';
import { MemoryBudget } from '../../src/websocket/memory-budget.ts';
import { waitingOverheadBytes } from '../../src/websocket/send-queue.ts';
import { describeFrames, recordProtocol } from '../../testing/protocol-recorder.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { arrivals, hex } from '../../testing/splits.ts';

const key = 0x37fa213d;

function frame(opcode: number, payload: string | Buffer = '', fin = true): Buffer {
  return encodeFrame({
    opcode: opcode as Opcode,
    payload: Buffer.from(payload),
    fin,
    maskingKey: key,
  });
}

const big = Buffer.alloc(65536, 'x').toString();
const nextMessage = frame(1, 'never read');

// What a client sends to a server, what the server's owner is told, what goes back.
const conversations: {
  name: string;
  bytes: Buffer;
  events: string[];
  sent: (string | RegExp)[];
}[] = [
  { name: '§5.6 text', bytes: frame(1, 'Hello'), events: ['text Hello'], sent: [] },
  { name: '§5.6 binary', bytes: frame(2, hex('00 ff')), events: ['binary 00ff'], sent: [] },
  {
    name: '§5.4 fragments with a ping between',
    bytes: Buffer.concat([frame(1, 'Hel', false), frame(9, '?'), frame(0, 'lo')]),
    events: ['ping ?', 'text Hello'],
    sent: ['fin 10 ?'],
  },
  { name: '§5.5.2 ping', bytes: frame(9, 'abc'), events: ['ping abc'], sent: ['fin 10 abc'] },
  { name: '§5.5.3 unsolicited pong', bytes: frame(10, 'abc'), events: ['pong abc'], sent: [] },
  {
    name: '§5.5.1 close, and nothing after it',
    bytes: Buffer.concat([frame(8, hex('03 e8 62 79 65')), nextMessage]),
    events: ['end', 'closed 1000 bye clean'],
    sent: ['fin 8 1000 bye'],
  },
  {
    name: '§7.1.5 close without a code',
    bytes: frame(8),
    events: ['end', 'closed 1005  clean'],
    sent: ['fin 8'],
  },
  {
    name: '§5.5.1 close with one byte',
    bytes: frame(8, 'x'),
    events: ['end', 'closed 1006 ERR_WS_CLOSE_PAYLOAD'],
    sent: [/^fin 8 1002 expected a close frame/],
  },
  {
    name: '§7.4 close with 1006',
    bytes: frame(8, hex('03 ee')),
    events: ['end', 'closed 1006 ERR_WS_CLOSE_CODE'],
    sent: [/^fin 8 1002 /],
  },
  {
    name: '§5.1 unmasked',
    bytes: hex('81 00'),
    events: ['end', 'closed 1006 ERR_WS_MASK_REQUIRED'],
    sent: [/^fin 8 1002 expected a masked frame from a client, got an unmasked one \(RFC 6455/],
  },
  {
    name: '§5.4 continuation of nothing',
    bytes: Buffer.concat([frame(0, 'x'), nextMessage]),
    events: ['end', 'closed 1006 ERR_WS_FRAGMENT_ORDER'],
    sent: [/^fin 8 1002 /],
  },
  {
    name: '§8.1 text that is no UTF-8',
    bytes: Buffer.concat([frame(1, 'ok'), frame(1, hex('c0 af')), nextMessage]),
    events: ['text ok', 'end', 'closed 1006 ERR_WS_INVALID_UTF8'],
    sent: [/^fin 8 1007 /],
  },
];

for (const { name, bytes, events, sent } of conversations) {
  test(`${name}, in every split`, () => {
    for (const arrival of arrivals(bytes)) {
      const { protocol, events: got, sent: output } = recordProtocol({ role: 'server' });
      for (const chunk of arrival.chunks) protocol.receive(chunk);
      assert.deepEqual(got, events, arrival.name);
      const lines = describeFrames(output());
      assert.equal(lines.length, sent.length, lines.join());
      lines.forEach((line, index) => {
        const want = sent[index]!;
        if (typeof want === 'string') assert.equal(line, want, arrival.name);
        else assert.match(line, want, arrival.name);
      });
    }
  });
}

test('§8.1 an invalid byte in an unfinished frame fails at once', () => {
  const { protocol, events } = recordProtocol({ role: 'server' });
  const start = encodeFrame({ opcode: 1, payload: Buffer.alloc(1 << 20, 0xff), maskingKey: 0 });
  protocol.receive(start.subarray(0, 1024));
  assert.deepEqual(events, ['end', 'closed 1006 ERR_WS_INVALID_UTF8']);
});

test('§7.4.1 the limit counts a whole message, whatever its fragments', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'server', maxMessageBytes: 10 });
  protocol.receive(Buffer.concat([frame(2, 'x'.repeat(10)), frame(2, 'x'.repeat(9), false)]));
  protocol.receive(Buffer.concat([frame(10, 'pong'), frame(0, '', false)]));
  // A header that announces 2 bytes where 1 is left, and none of them.
  protocol.receive(hex('80 82 00 00 00 00'));
  assert.deepEqual(events.slice(1), ['pong pong', 'end', 'closed 1006 ERR_WS_MESSAGE_TOO_BIG']);
  assert.match(describeFrames(sent())[0]!, /^fin 8 1009 expected at most 1 more bytes/);
});

test('131,000 fragments of one byte cost one buffer', () => {
  const { protocol, events } = recordProtocol({ role: 'server' });
  const fragment = frame(0, 'x', false);
  protocol.receive(frame(2, 'x', false));
  const before = process.memoryUsage();
  const many = Buffer.concat(Array.from({ length: 1000 }, () => fragment));
  for (let i = 0; i < 131; i++) protocol.receive(Buffer.from(many));
  assert.equal(events.length, 0);
  protocol.receive(frame(0, ''));
  assert.equal(events[0]?.length, 'binary '.length + 2 * 131_001);
  assert.ok(process.memoryUsage().heapUsed - before.heapUsed < 20 * 2 ** 20);
});

test('§5.5.1 our close is answered; messages still arrive until then, nothing more is sent', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'server' });
  protocol.close(1000, 'bye');
  protocol.close(1001);
  assert.equal(protocol.state, 'closing');
  protocol.receive(Buffer.concat([frame(1, 'late'), frame(9)]));
  assert.equal(protocol.sendText('too late'), 'dropped');
  assert.equal(protocol.ping(), 'dropped');
  protocol.receive(frame(8, hex('03 e8')));
  assert.deepEqual(events, ['text late', 'ping ', 'end', 'closed 1000  clean']);
  assert.deepEqual(describeFrames(sent()), ['fin 8 1000 bye']);
});

test('§7.1.1 a client leaves it to the server to end the transport', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'client' });
  protocol.receive(hex('88 02 03 e8'));
  assert.equal(protocol.state, 'ending');
  protocol.receive(hex('81 01 41'));
  assert.deepEqual(events, []);
  protocol.receiveEnd();
  protocol.receiveEnd();
  assert.deepEqual(events, ['end', 'closed 1000  clean']);
  assert.deepEqual(describeFrames(sent()), ['fin 8 1000']);
});

test('§7.1.5 an end without a close frame is 1006', () => {
  const { protocol, events } = recordProtocol({ role: 'server' });
  protocol.receive(frame(1, 'cut').subarray(0, 8));
  protocol.receiveEnd();
  assert.deepEqual(events, ['end', 'closed 1006 ']);
  protocol.receive(frame(1, 'ghost'));
  assert.equal(events.length, 2);
});

test('§5.1 a client masks, with a fresh key for each frame; a server does not', () => {
  let drawn = 0;
  const client = recordProtocol({ role: 'client', nextMaskingKey: () => 0x37fa213d + drawn++ });
  client.protocol.sendText('Hello');
  assert.deepEqual(client.sent(), hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
  client.protocol.sendText('Hello');
  assert.equal(client.sent().readUInt32BE(13), 0x37fa213e);
  const server = recordProtocol({ role: 'server' });
  server.protocol.sendText('Hello');
  assert.deepEqual(server.sent(), hex('81 05 48 65 6c 6c 6f'));
  const sink = {} as ConstructorParameters<typeof WebSocketProtocol>[0];
  assert.throws(() => new WebSocketProtocol(sink, { role: 'client' }), TypeError);
});

test('§5.6 every way to send, both roles, lengths around the boundaries', (t) => {
  const random = seededRandom(t);
  for (const length of [0, 1, 125, 126, 127, 65535, 65536]) {
    const bytes = random.bytes(length);
    const prepared = new PreparedMessage(bytes);
    for (const role of ['client', 'server'] as const) {
      const { protocol, sent } = recordProtocol({ role });
      protocol.sendBinary(bytes);
      protocol.sendPrepared(prepared);
      protocol.sendText('é'.repeat(length));
      const peer = recordProtocol({ role: role === 'client' ? 'server' : 'client' });
      peer.protocol.receive(sent());
      const hexBytes = `binary ${bytes.toString('hex')}`;
      assert.deepEqual(peer.events, [hexBytes, hexBytes, `text ${'é'.repeat(length)}`]);
    }
  }
});

test('§8.1 a lone surrogate is sent as U+FFFD, and the length fits', () => {
  const { protocol, sent } = recordProtocol({ role: 'server' });
  protocol.sendText('a\ud800b');
  assert.deepEqual(sent(), hex('81 05 61 ef bf bd 62'));
});

test('§5.5 a control frame over 125 bytes is the caller’s mistake', () => {
  const { protocol } = recordProtocol({ role: 'server' });
  assert.throws(() => protocol.ping(Buffer.alloc(126)), /at most 125 bytes, got 126/);
  assert.throws(() => protocol.pong(Buffer.alloc(126)), RangeError);
  assert.throws(() => protocol.close(1005), RangeError);
  assert.equal(protocol.ping(Buffer.alloc(125)), 'sent');
});

test('pause keeps the rest of the chunk, resume goes on with it', () => {
  const { protocol, events } = recordProtocol({ role: 'server' });
  const recorder = { protocol, events };
  protocol.pause();
  protocol.receive(frame(1, 'one'));
  protocol.receive(Buffer.concat([frame(1, 'two'), frame(1, big)]).subarray(0, 30));
  assert.deepEqual(events, []);
  recorder.protocol.resume();
  assert.deepEqual(events, ['text one', 'text two']);
});

test('a message handler may pause, resume, send and close', () => {
  const recorder = recordProtocol({ role: 'server' });
  const { protocol, events, sent } = recorder;
  recorder.onEvent = (event) => {
    if (event === 'text pause') protocol.pause();
    if (event === 'text again') {
      protocol.pause();
      protocol.resume();
      protocol.sendText('answer');
    }
    if (event === 'text stop') protocol.close(4000);
  };
  protocol.receive(
    Buffer.concat(['pause', 'again', 'stop', 'after'].map((text) => frame(1, text))),
  );
  assert.deepEqual(events, ['text pause']);
  protocol.resume();
  assert.deepEqual(events, ['text pause', 'text again', 'text stop', 'text after']);
  assert.deepEqual(describeFrames(sent()), ['fin 1 answer', 'fin 8 4000']);
});

test('a handler that throws loses nothing of what follows', () => {
  const recorder = recordProtocol({ role: 'server' });
  recorder.onEvent = (event) => {
    if (event === 'text bad') throw new Error('from the handler');
  };
  const chunk = Buffer.concat([frame(1, 'bad'), frame(1, 'good')]);
  assert.throws(() => recorder.protocol.receive(chunk), /from the handler/);
  recorder.protocol.receive(frame(1, 'next'));
  assert.deepEqual(recorder.events, ['text bad', 'text good', 'text next']);
});

/** A callback that writes down what became of a message. */
function fate(fates: string[], name: string) {
  return (error?: Error) => void fates.push(`${name} ${error?.message ?? 'written'}`);
}

test('who sends too late is told by result and callback; nothing follows the close frame', () => {
  const states = {
    closing: (protocol: WebSocketProtocol) => protocol.close(1000),
    ending: (protocol: WebSocketProtocol) => protocol.receive(hex('88 02 03 e8')),
    closed: (protocol: WebSocketProtocol) => protocol.receiveEnd(),
  };
  for (const [state, bring] of Object.entries(states)) {
    const { protocol, sent } = recordProtocol({ role: 'client' });
    bring(protocol);
    assert.equal(protocol.state, state);
    const before = sent().length;
    const fates: string[] = [];
    assert.equal(protocol.sendText('x', true, fate(fates, 'text')), 'dropped');
    assert.equal(protocol.sendBinary(hex('00'), true, fate(fates, 'binary')), 'dropped');
    const prepared = new PreparedMessage('x');
    assert.equal(protocol.sendPrepared(prepared, fate(fates, 'prepared')), 'dropped');
    const { result, late } = protocol.sendLate('binary', 1, true, fate(fates, 'late'));
    assert.equal(result, 'dropped');
    late.resolve(hex('00'));
    assert.equal(protocol.ping(hex('00'), fate(fates, 'ping')), 'dropped');
    assert.equal(protocol.pong(hex('00'), fate(fates, 'pong')), 'dropped');
    const names = ['text', 'binary', 'prepared', 'late', 'ping', 'pong'];
    assert.deepEqual(
      fates,
      names.map((name) => `${name} dropped`),
    );
    assert.equal(sent().length, before, state);
  }
});

test('bytes are bytes, in every form; what is none throws at once', () => {
  const { protocol, sent } = recordProtocol({ role: 'server' });
  const floats = new Float32Array([1.5]) as unknown as Uint8Array;
  protocol.sendBinary(floats);
  protocol.ping(floats);
  assert.deepEqual(sent(), hex('82 04 00 00 c0 3f 89 04 00 00 c0 3f'));
  for (const wrong of [50, [1], null, undefined, {}] as unknown as Uint8Array[]) {
    assert.throws(() => protocol.sendBinary(wrong), TypeError);
    assert.throws(() => protocol.sendText(wrong), TypeError);
    if (wrong !== undefined) assert.throws(() => protocol.pong(wrong), TypeError);
  }
});

test('§7.4.1 a full send queue closes with 1013, and each message that waited is dropped', () => {
  const sendQueue = { maxBytes: 4 + 2 * waitingOverheadBytes };
  const { protocol, events, sent } = recordProtocol({ role: 'server', sendQueue });
  const fates: string[] = [];
  protocol.setTransportFull(true);
  assert.equal(protocol.sendText('1234', true, fate(fates, 'a')), 'queued');
  assert.equal(protocol.waitingBytes, 4);
  assert.equal(protocol.sendText('', true, fate(fates, 'b')), 'queued');
  assert.equal(protocol.sendText('5', true, fate(fates, 'c')), 'dropped');
  assert.deepEqual(events, ['end', 'closed 1006 ERR_WS_SEND_QUEUE_FULL']);
  assert.deepEqual(fates, ['c dropped', 'a dropped', 'b dropped']);
  assert.match(describeFrames(sent())[0]!, /^fin 8 1013 expected the peer to read/);
  protocol.setTransportFull(false);
  assert.equal(describeFrames(sent()).length, 1);
  assert.equal(protocol.messagesSent, 0);
});

test('§7.4.1 a queue that drops keeps the connection, and says what it dropped', () => {
  const cases = [
    { policy: 'drop-newest', result: 'dropped', fates: ['c dropped'], left: ['a', 'b'] },
    { policy: 'drop-oldest', result: 'queued', fates: ['a dropped'], left: ['b', 'c'] },
  ] as const;
  for (const { policy, result, fates: want, left } of cases) {
    const sendQueue = { maxBytes: 2 + 2 * waitingOverheadBytes, policy };
    const { protocol, sent } = recordProtocol({ role: 'server', sendQueue });
    const fates: string[] = [];
    protocol.setTransportFull(true);
    protocol.sendText('a', true, fate(fates, 'a'));
    protocol.sendText('b', true, fate(fates, 'b'));
    assert.equal(protocol.sendText('c', true, fate(fates, 'c')), result);
    assert.deepEqual(fates, want);
    assert.equal(protocol.state, 'open');
    protocol.setTransportFull(false);
    assert.deepEqual(
      describeFrames(sent()),
      left.map((text) => `fin 1 ${text}`),
    );
  }
});

test('§5.5.1 our close waits behind messages, until the peer breaks a rule', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'server' });
  const fates: string[] = [];
  protocol.setTransportFull(true);
  protocol.sendText('waits', true, fate(fates, 'message'));
  protocol.close(4000, 'ours');
  assert.deepEqual(describeFrames(sent()), []);
  protocol.receive(hex('c1 80'));
  assert.match(describeFrames(sent()).join(), /^fin 8 1002 expected RSV[^,]+, got 100[^,]*$/);
  assert.deepEqual(fates, ['message dropped']);
  assert.match(events.at(-1)!, /^closed 1006 ERR_WS_RES/);
  protocol.setTransportFull(false);
  assert.equal(describeFrames(sent()).length, 1);
});

for (const [name, begin, close] of [
  ['the peer', () => {}, 'fin 8 1001 theirs'],
  ['both', (protocol: WebSocketProtocol) => protocol.close(4000, 'ours'), 'fin 8 4000 ours'],
] as const) {
  for (const role of ['server', 'client'] as const) {
    test(`§5.5.1 what was sent before ${name} closed goes out first, ${role}`, () => {
      const { protocol, events, sent } = recordProtocol({ role });
      const fates: string[] = [];
      protocol.setTransportFull(true);
      protocol.sendText('waits', true, fate(fates, 'message'));
      begin(protocol);
      const theirs = Buffer.concat([hex('03 e9'), Buffer.from('theirs')]);
      const arrives =
        role === 'server' ? frame(8, theirs) : encodeFrame({ opcode: 8, payload: theirs });
      protocol.receive(arrives);
      assert.equal(protocol.sendText('too late'), 'dropped');
      // Whoever has ended its side may still read, and what it sends is not looked at.
      protocol.receive(hex('ff ff'));
      protocol.receiveEnd();
      assert.deepEqual([describeFrames(sent()), events], [[], []]);
      protocol.setTransportFull(false);
      assert.deepEqual(describeFrames(sent()), ['fin 1 waits', close]);
      assert.deepEqual(fates, ['message written']);
      protocol.transportClosed();
      assert.deepEqual(events, ['end', 'closed 1001 theirs clean']);
    });
  }
}

test('§7.1.7 a deadline or a rate of the owner’s fails as a broken rule does', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'server' });
  const late = new WebSocketError('ERR_WS_MESSAGE_TIMEOUT', 'expected the end', '§5.4', 1008);
  protocol.fail(late);
  protocol.fail(late);
  assert.deepEqual(events, ['end', 'closed 1006 ERR_WS_MESSAGE_TIMEOUT']);
  assert.deepEqual(describeFrames(sent()), ['fin 8 1008 expected the end (RFC 6455 §5.4)']);
  assert.equal(late.frame, undefined);
});

test('abandon tells the callbacks that wait, and nobody else; nothing is written any more', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'server' });
  const fates: string[] = [];
  const { late } = protocol.sendLate('binary', 3, true, fate(fates, 'late'));
  protocol.close();
  protocol.abandon();
  late.resolve(hex('00 01 02'));
  protocol.setTransportFull(false);
  protocol.receiveEnd();
  assert.deepEqual(events, []);
  assert.deepEqual(fates, ['late dropped']);
  assert.equal(sent().length, 0);
});

test('closed comes once and last, also where a callback or the transport ends it once more', () => {
  const error = new WebSocketError('ERR_WS_RATE_LIMIT', 'expected fewer', '§7.4.1', 1008);
  const acts = {
    fail: (protocol: WebSocketProtocol) => protocol.fail(error),
    end: (protocol: WebSocketProtocol) => protocol.receiveEnd(),
    garbage: (protocol: WebSocketProtocol) => protocol.receive(hex('ff ff')),
    close: (protocol: WebSocketProtocol) => protocol.close(1001),
    send: (protocol: WebSocketProtocol) => void protocol.sendText('within'),
  };
  const endings = {
    'the peer closes and is gone': (protocol: WebSocketProtocol) => {
      protocol.receive(frame(8));
      protocol.transportClosed();
    },
    'the peer breaks a rule': (protocol: WebSocketProtocol) => protocol.receive(hex('c1 80')),
    'the transport ends': (protocol: WebSocketProtocol) => protocol.receiveEnd(),
    'the queue is full': (protocol: WebSocketProtocol) => void protocol.sendText('too much'),
  };
  for (const [endName, end] of Object.entries(endings)) {
    for (const [actName, act] of Object.entries(acts)) {
      const recorder = recordProtocol({ role: 'server', sendQueue: { maxBytes: 1 } });
      const { protocol, events, sent } = recorder;
      recorder.onEvent = (event) => {
        if (event === 'end') act(protocol);
      };
      protocol.setTransportFull(true);
      let calls = 0;
      const callback = () => {
        calls++;
        act(protocol);
      };
      protocol.sendText('x', true, callback);
      protocol.ping(hex('00'), callback);
      end(protocol);
      protocol.transportClosed();
      const name = `${endName}, ${actName}`;
      assert.equal(events.filter((event) => event.startsWith('closed')).length, 1, name);
      assert.match(events.at(-1)!, /^closed/, name);
      assert.equal(calls, 2, name);
      assert.ok(describeFrames(sent()).length <= 1, name);
      assert.equal(protocol.state, 'closed');
    }
  }
});

test('a sink that throws while it is told of drops still hears that all is over', () => {
  for (const arrives of [hex('c1 80'), undefined]) {
    const { protocol, events, sent } = recordProtocol({ role: 'server' });
    protocol.setTransportFull(true);
    protocol.sendText('x', true, () => {
      throw new Error('from the callback');
    });
    assert.throws(() => {
      if (arrives === undefined) protocol.receiveEnd();
      else protocol.receive(arrives);
    }, /from the callback/);
    assert.equal(events[0], 'end');
    assert.match(events[1]!, /^closed/);
    assert.equal(describeFrames(sent()).length, arrives === undefined ? 0 : 1);
  }
});

test('an error says which frame it was, in every split', () => {
  const bytes = Buffer.concat([frame(1, 'Hello'), frame(9, '?'), frame(0, 'x')]);
  for (const arrival of arrivals(bytes)) {
    let error: WebSocketError | undefined;
    const sink = {
      ...{ message() {}, ping() {}, pong() {}, commit() {}, forward() {}, written() {}, end() {} },
      ...{
        dropped() {},
        turn: (work: () => void) => work(),
        reserve: (count: number) => Buffer.alloc(count),
      },
      closed: (outcome: CloseOutcome) => void (error = outcome.error),
    };
    const protocol = new WebSocketProtocol(sink, { role: 'server' });
    for (const chunk of arrival.chunks) protocol.receive(chunk);
    assert.equal(error?.code, 'ERR_WS_FRAGMENT_ORDER');
    assert.equal(error.frame?.byteOffset, 18, arrival.name);
    const { opcode, payloadLength } = error.frame.header;
    assert.deepEqual([opcode, payloadLength], [0, 1], arrival.name);
    assert.ok(error.likelyCauses.length > 0);
  }
});

test('which message is unfinished, for whoever keeps a deadline', () => {
  const { protocol } = recordProtocol({ role: 'server' });
  assert.equal(protocol.unfinishedMessage, undefined);
  protocol.receive(frame(1, 'whole').subarray(0, 7));
  assert.equal(protocol.unfinishedMessage, 1);
  protocol.receive(frame(1, 'whole').subarray(7));
  assert.equal(protocol.unfinishedMessage, undefined);
  protocol.receive(Buffer.concat([frame(1, 'a', false), frame(9)]));
  assert.equal(protocol.unfinishedMessage, 2);
  protocol.receive(Buffer.concat([frame(0, 'b'), frame(2, 'c', false)]));
  assert.equal(protocol.unfinishedMessage, 3);
  assert.equal(protocol.messagesReceived, 2);
});

test('§5.4 maxFragments and skipUtf8Validation reach the messages', () => {
  const limited = recordProtocol({ role: 'server', maxFragments: 2 });
  const parts = [frame(1, 'a', false), frame(0, 'b'), frame(1, 'c', false), frame(0, 'd', false)];
  limited.protocol.receive(Buffer.concat([...parts, frame(0, 'e')]));
  assert.deepEqual(limited.events, ['text ab', 'end', 'closed 1006 ERR_WS_TOO_MANY_FRAGMENTS']);
  assert.match(describeFrames(limited.sent())[0]!, /^fin 8 1008 /);
  const lenient = recordProtocol({ role: 'server', skipUtf8Validation: true });
  lenient.protocol.receive(Buffer.concat([frame(1, hex('ff')), frame(8, hex('03 e8 ff'))]));
  const closed = 'closed 1006 ERR_WS_INVALID_UTF8';
  assert.deepEqual(lenient.events, ['text \ufffd', 'end', closed], 'a reason is still judged');
});

test('autoPong: false leaves pings to the owner', () => {
  const { protocol, events, sent } = recordProtocol({ role: 'server', autoPong: false });
  protocol.receive(frame(9, '?'));
  assert.deepEqual(events, ['ping ?']);
  assert.equal(sent().length, 0);
});

test('garbage gives events or a close frame with a documented code, never an exception', (t) => {
  const random = seededRandom(t);
  const codes = new Set<string>();
  for (let round = 0; round < 5000; round++) {
    const role = random.pick(['server', 'client'] as const);
    const { protocol, events, sent } = recordProtocol({ role, maxMessageBytes: 4096 });
    for (let i = 0; i < 6; i++) {
      const valid = frame(random.pick([0, 1, 2, 8, 9, 10]), random.bytes(random.below(9)));
      const chunk = random.below(3) === 0 ? random.bytes(random.below(40)) : valid;
      if (chunk.length > 0 && random.below(4) === 0)
        chunk[random.below(chunk.length)]! ^= 1 << random.below(8);
      protocol.receive(chunk);
    }
    protocol.receiveEnd();
    assert.equal(events.filter((event) => event.startsWith('closed')).length, 1);
    assert.match(events.at(-1)!, /^closed \d+ (ERR_WS_[A-Z0-9_]+)?/);
    const close = role === 'server' ? describeFrames(sent()).at(-1) : undefined;
    const code = /^fin 8 (\d+)/.exec(close ?? '')?.[1];
    if (code !== undefined && /ERR_/.test(events.at(-1)!)) codes.add(code);
  }
  const documented = ['1002', '1007', '1009'];
  assert.deepEqual(
    [...codes].filter((code) => !documented.includes(code)),
    [],
  );
});

test('§7.4.1 an unfinished message that the budget has no room for closes with 1013', () => {
  const budget = new MemoryBudget(1000);
  const [first, second] = [1, 2].map(() => recordProtocol({ role: 'server', budget }));
  first!.protocol.receive(frame(2, Buffer.alloc(900)).subarray(0, 100));
  assert.equal(first!.protocol.memory.message, 900);
  assert.equal(budget.usedBytes, 900);
  second!.protocol.receive(frame(2, Buffer.alloc(100)));
  second!.protocol.receive(frame(2, 'whole', false));
  assert.deepEqual(second!.events.slice(1), ['end', 'closed 1006 ERR_WS_MEMORY_BUDGET']);
  assert.match(describeFrames(second!.sent())[0]!, /^fin 8 1013 expected room for an unfinished/);
  assert.deepEqual(first!.events, [], 'others go on');
  first!.protocol.receive(frame(2, Buffer.alloc(900)).subarray(100));
  assert.match(first!.events.join(), /^binary 00/);
  assert.equal(budget.usedBytes, 0);
});

test('whatever ends a connection, it gives back all it took from the budget', () => {
  const budget = new MemoryBudget(10_000);
  const endings: ((protocol: WebSocketProtocol) => void)[] = [
    (protocol) => protocol.transportClosed(),
    (protocol) => protocol.abandon(),
    (protocol) => protocol.receiveEnd(),
    (protocol) => protocol.receive(frame(8)),
    (protocol) => protocol.fail(new WebSocketError('ERR_WS_TEST', 'expected no end', '§5', 1008)),
  ];
  for (const end of endings) {
    const { protocol } = recordProtocol({ role: 'server', budget });
    protocol.setTransportFull(true);
    protocol.sendText('waits');
    protocol.ping();
    protocol.receive(frame(1, 'begins', false));
    assert.deepEqual(protocol.memory, {
      parser: 0,
      message: 256,
      decoding: 0,
      sendQueue: 5 + waitingOverheadBytes + 2,
      deflate: 0,
      inflate: 0,
    });
    assert.equal(protocol.waitingBytes, 5 + 2, 'no overhead');
    assert.equal(budget.usedBytes, 256 + 5 + waitingOverheadBytes);
    end(protocol);
    protocol.setTransportFull(false);
    protocol.transportClosed();
    assert.equal(budget.usedBytes, 0);
  }
});
