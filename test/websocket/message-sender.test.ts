import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, PreparedMessage } from '../../src/websocket/index.ts';
import { MessageSender } from '../../src/websocket/message-sender.ts';
import type { SenderSink } from '../../src/websocket/frame-writer.ts';
import type { LateMessage, SenderOptions } from '../../src/websocket/message-sender.ts';
import type { SendCallback } from '../../src/websocket/send-queue.ts';
import { describeFrames } from '../../testing/protocol-recorder.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

const text = 1;
const binary = 2;
const ping = 9;
const key = 0x37fa213d;
const dropOldest = { policy: 'drop-oldest' } as const;

/**
 * A sender whose frames and fates of callbacks are kept. `onCommit` is called within each commit,
 * `onDropped` for each drop.
 */
function recordSender(options: Partial<SenderOptions> = {}) {
  const parts: Buffer[] = [];
  let room = Buffer.alloc(0);
  const record = {
    fates: [] as string[],
    onCommit: () => {},
    onDropped: () => {},
    frames: () => describeFrames(Buffer.concat(parts)),
    bytes: () => Buffer.concat(parts),
    /** A callback that writes down under this name what it was told. */
    told: (name: string): SendCallback => Object.assign(() => {}, { named: name }),
    sender: undefined as unknown as MessageSender,
  };
  const nameOf = (callback: SendCallback) => (callback as SendCallback & { named: string }).named;
  const sink: SenderSink = {
    turn: (work) => work(),
    reserve: (bytes) => (room = Buffer.alloc(bytes, 0xee)),
    commit: (bytes) => {
      parts.push(Buffer.from(room.subarray(0, bytes)));
      record.onCommit();
    },
    forward: (frame) => {
      parts.push(frame);
      record.onCommit();
    },
    written: (callback) => void record.fates.push(`written ${nameOf(callback)}`),
    dropped: (callback) => {
      record.fates.push(`dropped ${nameOf(callback)}`);
      record.onDropped();
    },
  };
  const { nextMaskingKey, maxQueuedBytes = 100, policy = 'close' } = options;
  record.sender = new MessageSender(sink, {
    ...{ nextMaskingKey, maxQueuedBytes, policy, overheadBytes: 0, budget: options.budget },
    codecFailed: (error) => assert.fail(error),
    closeSent: () => {},
  });
  return record;
}

test('§5.2 while nothing waits, what is sent is encoded at once', () => {
  const { sender, frames, fates, told } = recordSender();
  assert.equal(sender.send(text, 'one', true, told('a')), 'sent');
  assert.equal(sender.send(binary, Buffer.from('two'), true, undefined), 'sent');
  assert.equal(sender.sendPrepared(new PreparedMessage('three'), told('b')), 'sent');
  assert.equal(sender.sendControl(ping, Buffer.from('?'), told('c')), 'sent');
  assert.deepEqual(frames(), ['fin 1 one', 'fin 2 two', 'fin 1 three', 'fin 9 ?']);
  assert.deepEqual(fates, ['written a', 'written b', 'written c']);
  assert.equal(sender.messagesSent, 3);
  assert.equal(sender.waitingBytes, 0);
});

test('a full transport: messages wait in order, control frames go ahead of them', () => {
  const { sender, frames, told, fates } = recordSender();
  sender.full = true;
  const bytes = Buffer.from('one');
  assert.equal(sender.send(binary, bytes, true, told('a')), 'queued');
  bytes.fill('!');
  assert.equal(sender.sendPrepared(new PreparedMessage('two'), told('b')), 'queued');
  const payload = Buffer.from('?');
  assert.equal(sender.sendControl(ping, payload, told('c')), 'queued');
  payload.fill('!');
  assert.equal(sender.waitingBytes, 3 + 3 + 1 + 2);
  assert.deepEqual(frames(), []);
  sender.full = false;
  assert.deepEqual(frames(), ['fin 9 ?', 'fin 2 one', 'fin 1 two']);
  assert.deepEqual(fates, ['written c', 'written a', 'written b']);
  assert.equal(sender.waitingBytes, 0);
});

test('a transport that fills up while we write gets no more than the frame at hand', () => {
  const record = recordSender();
  const { sender, frames } = record;
  sender.full = true;
  for (const word of ['one', 'two', 'three']) sender.send(text, word, true, undefined);
  record.onCommit = () => void (sender.full = true);
  sender.full = false;
  assert.deepEqual(frames(), ['fin 1 one']);
  sender.full = false;
  assert.deepEqual(frames(), ['fin 1 one', 'fin 1 two']);
  record.onCommit = () => {};
  sender.full = false;
  assert.deepEqual(frames(), ['fin 1 one', 'fin 1 two', 'fin 1 three']);
});

test('a ping that came while the transport was full for a moment still goes ahead', () => {
  const record = recordSender();
  const { sender, frames } = record;
  sender.full = true;
  sender.send(text, 'one', true, undefined);
  sender.send(text, 'two', true, undefined);
  record.onCommit = () => {
    record.onCommit = () => {};
    sender.full = true;
    sender.sendControl(ping, Buffer.from('?'), undefined);
    sender.full = false;
  };
  sender.full = false;
  assert.deepEqual(frames(), ['fin 1 one', 'fin 9 ?', 'fin 1 two']);
});

test('§5.5.3 of many pings only the latest is answered, and waits in its own room', () => {
  const { sender, frames } = recordSender();
  sender.full = true;
  for (let i = 0; i < 1000; i++) sender.answerPing(Buffer.from(String(i)));
  assert.equal(sender.waitingBytes, 2 + 3);
  sender.full = false;
  assert.deepEqual(frames(), ['fin 10 999']);
  sender.answerPing(Buffer.from('now'));
  assert.deepEqual(frames().at(-1), 'fin 10 now');
});

test('control frames of the application wait in 16 KiB of their own, no more', () => {
  const { sender, frames, told, fates } = recordSender({ maxQueuedBytes: 0 });
  sender.full = true;
  const fit = Math.floor((16 * 1024) / 127);
  for (let i = 0; i < fit; i++) {
    assert.equal(sender.sendControl(ping, Buffer.alloc(125), undefined), 'queued');
  }
  assert.equal(sender.sendControl(ping, Buffer.alloc(125), told('x')), 'dropped');
  assert.deepEqual(fates, ['dropped x']);
  assert.equal(sender.send(text, 'message', true, undefined), 'queued');
  sender.full = false;
  assert.equal(frames().length, fit + 1);
  assert.equal(sender.waitingBytes, 0);
});

test('§5.4 a prepared message never comes inside of a fragmented one', () => {
  for (const nextMaskingKey of [undefined, () => key]) {
    const { sender, frames, told, fates } = recordSender({ nextMaskingKey });
    sender.send(text, 'a', false, undefined);
    assert.equal(sender.sendPrepared(new PreparedMessage('P'), told('P')), 'queued');
    assert.equal(sender.waitingBytes, 1);
    sender.sendControl(ping, Buffer.from('?'), undefined);
    sender.send(text, 'b', false, undefined);
    assert.deepEqual(fates, []);
    sender.send(text, 'c', true, told('c'));
    const want = ['... 1 a', 'fin 9 ?', '... 0 b', 'fin 0 c', 'fin 1 P'];
    assert.deepEqual(frames(), want);
    assert.deepEqual(fates, ['written c', 'written P']);
    assert.equal(sender.waitingBytes, 0);
  }
});

test('what is sent from within the last fragment comes behind what was deferred', () => {
  const record = recordSender();
  const { sender, frames } = record;
  sender.send(text, 'a', false, undefined);
  sender.sendPrepared(new PreparedMessage('deferred'), undefined);
  record.onCommit = () => {
    record.onCommit = () => {};
    sender.send(text, 'within', true, undefined);
  };
  sender.send(text, 'b', true, undefined);
  assert.deepEqual(frames(), ['... 1 a', 'fin 0 b', 'fin 1 deferred', 'fin 1 within']);
});

test('prepared messages behind an unfinished one keep to the limit, as the policy says', () => {
  const cases = [
    { policy: 'close', want: 'overflow', fates: ['dropped 3'] },
    { policy: 'drop-newest', want: 'dropped', fates: ['dropped 3'] },
    { policy: 'drop-oldest', want: 'queued', fates: ['dropped 1'] },
  ] as const;
  for (const { policy, want, fates: wanted } of cases) {
    const { sender, told, fates } = recordSender({ policy, maxQueuedBytes: 10 });
    sender.send(text, 'unfinished', false, undefined);
    const prepared = new PreparedMessage('12345');
    assert.equal(sender.sendPrepared(prepared, told('1')), 'queued');
    assert.equal(sender.sendPrepared(prepared, told('2')), 'queued');
    assert.equal(sender.sendPrepared(prepared, told('3')), want);
    assert.deepEqual(fates, wanted);
    assert.equal(sender.waitingBytes, 10);
  }
});

test('a Blob keeps its place, whatever comes first', () => {
  const { sender, frames, told, fates } = recordSender();
  const blob = sender.sendLate(binary, 4, true, told('blob'));
  assert.equal(blob.result, 'queued');
  const second = sender.sendLate(binary, 6, true, told('second'));
  assert.equal(sender.send(text, 'behind', true, undefined), 'queued');
  sender.sendControl(ping, Buffer.alloc(0), undefined);
  second.late.resolve(Buffer.from('second'));
  assert.deepEqual(frames(), ['fin 9']);
  assert.equal(sender.waitingBytes, 16);
  blob.late.resolve(Buffer.from('blob'));
  assert.deepEqual(frames(), ['fin 9', 'fin 2 blob', 'fin 2 second', 'fin 1 behind']);
  assert.deepEqual(fates, ['written blob', 'written second']);
});

test('a Blob that cannot be read is dropped once; as a fragment it becomes an empty one', () => {
  const { sender, frames, told, fates } = recordSender();
  const blob = sender.sendLate(binary, 4, true, told('blob'));
  sender.send(text, 'a', false, undefined);
  const fragment = sender.sendLate(binary, 4, true, told('fragment'));
  sender.send(text, 'after', true, undefined);
  blob.late.reject();
  blob.late.reject();
  assert.deepEqual(frames(), ['... 1 a']);
  fragment.late.reject();
  assert.deepEqual(frames(), ['... 1 a', 'fin 0', 'fin 1 after']);
  assert.deepEqual(fates, ['dropped blob', 'written fragment']);
});

test('drop-oldest may drop a Blob that is still being read, and what is behind goes on', () => {
  const { sender, frames, told, fates } = recordSender({ ...dropOldest, maxQueuedBytes: 5 });
  const blob = sender.sendLate(binary, 4, true, told('blob'));
  sender.send(text, '1', true, undefined);
  sender.send(text, '2', true, undefined);
  assert.deepEqual(fates, ['dropped blob']);
  assert.deepEqual(frames(), ['fin 1 1', 'fin 1 2'], 'nothing waits for the Blob any more');
  blob.late.resolve(Buffer.from('late'));
  blob.late.reject();
  assert.deepEqual(fates, ['dropped blob']);
  assert.equal(frames().length, 2);
});

test('§5.5.1 the close frame goes behind all that waits, pings too, and nothing after it', () => {
  const { sender, frames, fates, told } = recordSender();
  sender.full = true;
  sender.sendControl(ping, Buffer.from('?'), told('ping'));
  sender.answerPing(Buffer.from('!'));
  sender.closeAfterMessages(Buffer.from([0x03, 0xe8]));
  assert.deepEqual(frames(), [], 'the transport takes nothing');
  assert.ok(sender.waitingClose);
  sender.full = false;
  assert.deepEqual(frames(), ['fin 10 !', 'fin 9 ?', 'fin 8 1000']);
  assert.deepEqual(fates, ['written ping']);
  sender.full = true;
  sender.full = false;
  assert.equal(frames().length, 3);
  assert.equal(sender.waitingClose, undefined);
});

test('a close frame waits for a Blob, and drops what waits for a last fragment', () => {
  const { sender, frames, fates, told } = recordSender();
  sender.send(text, 'a', false, undefined);
  sender.sendPrepared(new PreparedMessage('P'), told('P'));
  const { late } = sender.sendLate(binary, 3, true, undefined);
  sender.send(text, 'again', false, undefined);
  sender.sendPrepared(new PreparedMessage('Q'), told('Q'));
  sender.closeAfterMessages(Buffer.from([0x03, 0xe8]));
  assert.deepEqual(fates, ['dropped Q']);
  late.resolve(Buffer.from('end'));
  assert.deepEqual(frames(), ['... 1 a', 'fin 0 end', 'fin 1 P', '... 1 again', 'fin 8 1000']);
  assert.deepEqual(fates, ['dropped Q', 'written P']);
});

test('§7.1.7 a close frame at once goes before nothing but drops all, each once', () => {
  const { sender, frames, fates, told } = recordSender();
  sender.full = true;
  sender.sendControl(ping, Buffer.alloc(0), told('ping'));
  sender.send(text, 'a', false, told('a'));
  const { late } = sender.sendLate(binary, 3, false, told('late'));
  sender.sendPrepared(new PreparedMessage('P'), told('P'));
  sender.closeAfterMessages(Buffer.from([0x03, 0xe8]));
  sender.closeNow(Buffer.from([0x03, 0xe9]));
  const dropped = ['dropped P', 'dropped ping', 'dropped a', 'dropped late'];
  assert.deepEqual(fates, dropped);
  late.resolve(Buffer.from('end'));
  sender.full = false;
  sender.discard();
  assert.deepEqual(frames(), ['fin 8 1001']);
  assert.deepEqual(fates, dropped);
  assert.equal(sender.waitingBytes, 0);
});

test('after discard a waiting close frame is not written either', () => {
  const { sender, frames } = recordSender();
  const { late } = sender.sendLate(binary, 3, true, undefined);
  sender.closeAfterMessages(Buffer.from([0x03, 0xe8]));
  sender.discard();
  late.resolve(Buffer.from('end'));
  sender.full = false;
  assert.deepEqual(frames(), []);
});

test('a sink that throws while it is told of drops hears of all of them', () => {
  const record = recordSender({ policy: 'drop-oldest', maxQueuedBytes: 4 });
  const { sender, frames, fates, told } = record;
  record.onDropped = () => {
    throw new Error('from the sink');
  };
  sender.full = true;
  for (const name of ['1', '2', '3', '4']) sender.send(text, name, true, told(name));
  assert.throws(() => sender.send(text, 'all', true, told('5')), /from the sink/);
  assert.deepEqual(fates, ['dropped 1', 'dropped 2', 'dropped 3']);
  assert.throws(() => sender.closeNow(Buffer.alloc(0)), /from the sink/);
  assert.deepEqual(fates.slice(3), ['dropped 4', 'dropped 5']);
  assert.deepEqual(frames(), ['fin 8']);
});

test('a sink that throws within a commit holds up nothing but until the next call', () => {
  const record = recordSender();
  const { sender, frames, fates, told } = record;
  sender.full = true;
  for (const name of ['1', '2', '3']) sender.send(text, name, true, told(name));
  record.onCommit = () => {
    record.onCommit = () => {};
    throw new Error('from the transport');
  };
  assert.throws(() => void (sender.full = false), /from the transport/);
  assert.equal(sender.send(text, '4', true, told('4')), 'queued');
  assert.deepEqual(frames(), ['fin 1 1', 'fin 1 2', 'fin 1 3', 'fin 1 4']);
  assert.deepEqual(fates, ['written 1', 'written 2', 'written 3', 'written 4']);
});

test('§5.3 a source of keys that throws leaves the order of fragments as it was', () => {
  let isBroken = false;
  const nextMaskingKey = () => {
    if (isBroken) throw new Error('no key');
    return key;
  };
  const { sender, frames, fates, told } = recordSender({ nextMaskingKey });
  isBroken = true;
  assert.throws(() => sender.send(text, 'lost', false, told('lost')), /no key/);
  isBroken = false;
  sender.send(text, 'a', false, undefined);
  isBroken = true;
  assert.throws(() => sender.send(text, 'lost', true, told('lost')), /no key/);
  isBroken = false;
  sender.send(text, 'b', true, undefined);
  sender.send(text, 'c', true, undefined);
  assert.deepEqual(frames(), ['... 1 a', 'fin 0 b', 'fin 1 c']);
  assert.deepEqual(fates, []);
  assert.equal(sender.messagesSent, 3);
});

interface Sent {
  opcode: number;
  data: string;
  isDropped?: boolean;
}

/** What came out: whole messages in their order; control frames only between frames. */
function readMessages(bytes: Buffer) {
  const messages: Sent[] = [];
  let unfinished: Sent | undefined;
  for (let at = 0; at < bytes.length;) {
    const { frame, bytesRead } = decodeFrame(bytes.subarray(at))!;
    at += bytesRead;
    if (frame.opcode >= 8) {
      assert.ok(frame.fin && frame.opcode === ping);
      continue;
    }
    assert.equal(frame.opcode === 0, unfinished !== undefined, 'a message inside of another');
    unfinished ??= { opcode: frame.opcode, data: '' };
    unfinished.data += frame.payload.toString();
    if (!frame.fin) continue;
    messages.push(unfinished);
    unfinished = undefined;
  }
  assert.equal(unfinished, undefined);
  return messages;
}

test('§5.4 what is sent, in any way and state, comes out whole, in order, once', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 400; round++) {
    const nextMaskingKey = random.pick([undefined, () => random.uint32()]);
    const record = recordSender({ nextMaskingKey, maxQueuedBytes: Infinity });
    const { sender, fates, told } = record;
    record.onCommit = () => {
      if (random.below(4) === 0) sender.full = random.below(2) === 0;
    };
    const want: Sent[] = [];
    const lates: { late: LateMessage; settle: () => void }[] = [];
    let fragmented: Sent | undefined;
    let deferred: Sent[] = [];
    let asked = 0;
    const ask = () => told(String(asked++));
    const sendPiece = (fin: boolean) => {
      const opcode = random.pick([text, binary] as const);
      const data = 'x'.repeat(random.below(4)) + String(asked);
      const isFirst = fragmented === undefined;
      const message: Sent = fragmented ?? { opcode, data: '' };
      if (isFirst) want.push(message);
      fragmented = fin ? undefined : message;
      if (random.below(3) === 0) {
        const isBroken = random.below(4) === 0;
        const { late } = sender.sendLate(opcode, data.length, fin, ask());
        if (!isBroken) message.data += data;
        if (isBroken && fin && isFirst) message.isDropped = true;
        const settle = () => (isBroken ? late.reject() : late.resolve(Buffer.from(data)));
        lates.push({ late, settle });
      } else {
        message.data += data;
        sender.send(opcode, opcode === text ? data : Buffer.from(data), fin, ask());
      }
      if (!fin) return;
      want.push(...deferred);
      deferred = [];
    };
    for (let step = 0; step < 40; step++) {
      const act = random.below(8);
      if (act < 4) {
        sendPiece(random.below(2) === 0);
      } else if (act === 4) {
        const data = `prepared ${asked}`;
        (fragmented === undefined ? want : deferred).push({ opcode: text, data });
        sender.sendPrepared(new PreparedMessage(data), ask());
      } else if (act === 5) {
        sender.sendControl(ping, random.bytes(random.below(5)), undefined);
      } else if (act === 6) {
        sender.full = random.below(2) === 0;
      } else if (lates.length > 0) {
        lates.splice(random.below(lates.length), 1)[0]!.settle();
      }
    }
    if (fragmented !== undefined) sendPiece(true);
    while (lates.length > 0) lates.splice(random.below(lates.length), 1)[0]!.settle();
    record.onCommit = () => {};
    sender.full = false;
    assert.equal(sender.waitingBytes, 0);
    const kept = want.filter((each) => each.isDropped !== true);
    assert.deepEqual(readMessages(record.bytes()), kept);
    assert.equal(fates.length, asked, 'each callback has its answer');
    assert.equal(new Set(fates.map((fate) => fate.split(' ')[1])).size, asked, 'and just one');
    const dropped = fates.filter((fate) => fate.startsWith('dropped')).length;
    assert.equal(dropped, want.length - kept.length);
  }
});
