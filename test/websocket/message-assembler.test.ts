import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBudget } from '../../src/websocket/memory-budget.ts';
import { MessageAssembler } from '../../src/websocket/message-assembler.ts';
import { WebSocketError } from '../../src/websocket/index.ts';
import { seededRandom } from '../../testing/seeded-random.ts';
import { hex } from '../../testing/splits.ts';

function add(assembler: MessageAssembler, fin: boolean, opcode: number, ...pieces: Buffer[]) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const error = assembler.begin(fin, opcode, length);
  if (error !== undefined) return error.code;
  let result: boolean | WebSocketError = false;
  pieces.forEach((piece, index) => {
    if (typeof result === 'boolean') result = assembler.add(piece, index === pieces.length - 1);
  });
  const outcome = result as boolean | WebSocketError;
  return outcome instanceof WebSocketError ? outcome.code : outcome;
}

test('§5.6 a message in one piece is a view, not a copy', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 100 });
  const piece = Buffer.from('Hello');
  assert.equal(add(assembler, true, 1, piece), true);
  assert.equal(assembler.message, piece);
  assert.equal(assembler.kind, 'text');
});

test('§5.4 fragments, empty ones too, become one message', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 100 });
  assert.equal(add(assembler, false, 1, Buffer.from('')), false);
  assert.equal(add(assembler, false, 0, Buffer.from('Hel')), false);
  assert.equal(add(assembler, false, 0, Buffer.from('')), false);
  assert.equal(add(assembler, true, 0, Buffer.from('l'), Buffer.from('o')), true);
  assert.equal(assembler.message.toString(), 'Hello');
  assert.equal(add(assembler, true, 2, hex('00')), true);
  assert.equal(assembler.kind, 'binary');
});

test('§5.4 the order of fragments', () => {
  assert.equal(
    add(new MessageAssembler({ maxMessageBytes: 9 }), true, 0, hex('')),
    'ERR_WS_FRAGMENT_ORDER',
  );
  const assembler = new MessageAssembler({ maxMessageBytes: 9 });
  add(assembler, false, 1, hex('41'));
  assert.equal(add(assembler, true, 1, hex('42')), 'ERR_WS_FRAGMENT_ORDER');
});

test('§8.1 UTF-8 may be cut anywhere, but not at the end', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 100 });
  assert.equal(add(assembler, false, 1, hex('e2'), hex('82')), false);
  assert.equal(add(assembler, true, 0, hex('ac')), true);
  assert.equal(assembler.message.toString(), '€');
  assert.equal(add(assembler, true, 1, hex('e2 82')), 'ERR_WS_INVALID_UTF8');
});

test('§8.1 a text that follows one cut by an error-free end starts clean', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 100 });
  add(assembler, false, 1, Buffer.from('a'));
  add(assembler, true, 0, Buffer.from('b'));
  assert.equal(add(assembler, false, 1, Buffer.from('é')), false);
  assert.equal(add(assembler, true, 0, Buffer.from('è')), true);
  assert.equal(assembler.message.toString(), 'éè');
});

test('§7.4.1 what is left for the next frame', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 10 });
  assert.equal(assembler.remainingBytes, 10);
  add(assembler, false, 2, Buffer.alloc(7));
  assert.equal(assembler.remainingBytes, 3);
  add(assembler, true, 0, Buffer.alloc(3));
  assert.equal(assembler.remainingBytes, 10);
});

test('a large frame over many chunks is allocated once, at its length', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 1 << 20 });
  const pieces = Array.from({ length: 16 }, (_, i) => Buffer.alloc(65536, i));
  assert.equal(add(assembler, true, 2, ...pieces), true);
  assert.equal(assembler.message.buffer.byteLength, 1 << 20);
  assert.ok(assembler.message.equals(Buffer.concat(pieces)));
});

test('§5.4 so many fragments and not one more; of each message anew', () => {
  for (const maxFragments of [1, 2, 3]) {
    const assembler = new MessageAssembler({ maxMessageBytes: 100, maxFragments });
    for (let round = 0; round < 3; round++) {
      for (let i = 1; i <= maxFragments; i++) {
        const isLast = i === maxFragments;
        assert.equal(add(assembler, isLast, i === 1 ? 2 : 0, hex('00')), isLast);
      }
    }
    for (let i = 1; i <= maxFragments; i++) add(assembler, false, i === 1 ? 2 : 0, hex(''));
    assert.equal(add(assembler, true, 0, hex('')), 'ERR_WS_TOO_MANY_FRAGMENTS');
  }
  const error = new MessageAssembler({ maxMessageBytes: 9, maxFragments: 0 }).begin(true, 1, 0);
  assert.equal(error?.closeCode, 1008);
  assert.match(error!.message, /at most 0 fragments/);
});

test('§8.1 texts are taken as they are where nobody wants them judged', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 100, skipUtf8Validation: true });
  assert.equal(add(assembler, true, 1, hex('c0 af')), true);
  assert.equal(add(assembler, false, 1, hex('ff')), false);
  assert.equal(add(assembler, true, 0, hex('fe')), true);
  assert.deepEqual(assembler.message, hex('ff fe'));
});

test('§5.4 which message is unfinished, counted from 1', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: 100 });
  assert.equal(assembler.isUnfinished, false);
  assembler.begin(true, 2, 2);
  assert.equal(assembler.isUnfinished, true);
  assembler.add(hex('00'), false);
  assembler.add(hex('00'), true);
  assert.equal(assembler.isUnfinished, false);
  add(assembler, false, 2, hex('00'));
  add(assembler, false, 0, hex('00'));
  assert.equal(assembler.messagesBegun, 2);
  assert.equal(assembler.isUnfinished, true);
});

test('an announced length costs no more than 16 MiB before its bytes arrive', () => {
  const assembler = new MessageAssembler({ maxMessageBytes: Infinity });
  // Far above what any buffer can hold: to allocate it would throw.
  assert.equal(assembler.begin(true, 2, 2 ** 52), undefined);
  const piece = Buffer.alloc(65536, 7);
  for (let i = 0; i < 300; i++) assert.equal(assembler.add(piece, false), false);
  assert.equal(assembler.remainingBytes, Infinity);
});

test('a message over 16 MiB in one frame comes out whole', () => {
  const maxMessageBytes = 20 * 2 ** 20;
  const assembler = new MessageAssembler({ maxMessageBytes });
  const pieces = Array.from({ length: 20 }, (_, i) => Buffer.alloc(2 ** 20, i));
  assert.equal(add(assembler, true, 2, ...pieces), true);
  assert.equal(assembler.message.length, maxMessageBytes);
  pieces.forEach((piece, i) => {
    assert.ok(assembler.message.subarray(i * 2 ** 20, (i + 1) * 2 ** 20).equals(piece), String(i));
  });
});

test('random fragments in random pieces come out whole', (t) => {
  const random = seededRandom(t);
  const assembler = new MessageAssembler({ maxMessageBytes: 1 << 20 });
  for (let round = 0; round < 200; round++) {
    const fragments = Array.from({ length: 1 + random.below(8) }, () =>
      Array.from({ length: 1 + random.below(3) }, () => random.bytes(random.below(900))),
    );
    fragments.forEach((pieces, index) => {
      const last = index === fragments.length - 1;
      assert.equal(add(assembler, last, index === 0 ? 2 : 0, ...pieces), last);
    });
    assert.ok(assembler.message.equals(Buffer.concat(fragments.flat())));
    assembler.release();
  }
});

test('the budget is charged for the buffer as it grows, and has it back with the message', () => {
  const budget = new MemoryBudget(1000);
  const assembler = new MessageAssembler({ maxMessageBytes: 1 << 20, budget });
  assert.equal(add(assembler, true, 2, Buffer.alloc(2000)), true);
  assert.equal(budget.usedBytes, 0, 'a view costs nothing');
  assert.equal(add(assembler, false, 2, Buffer.alloc(10)), false);
  assert.deepEqual([assembler.memoryBytes, budget.usedBytes], [256, 256]);
  assert.equal(add(assembler, false, 0, Buffer.alloc(300)), false);
  assert.deepEqual([assembler.memoryBytes, budget.usedBytes], [512, 512]);
  assert.equal(add(assembler, true, 0, Buffer.alloc(1)), true);
  assert.equal(assembler.message.length, 311);
  assert.deepEqual([assembler.memoryBytes, budget.usedBytes], [0, 0]);
});

test('§7.4.1 what the budget has no room for is refused before it is allocated', () => {
  const budget = new MemoryBudget(1000);
  const assembler = new MessageAssembler({ maxMessageBytes: 1 << 20, budget });
  assert.equal(add(assembler, false, 2, Buffer.alloc(600)), false);
  assert.equal(add(assembler, false, 0, Buffer.alloc(600)), 'ERR_WS_MEMORY_BUDGET');
  assert.equal(assembler.memoryBytes, 600);
  assembler.discard();
  assembler.discard();
  assert.deepEqual([assembler.memoryBytes, budget.usedBytes], [0, 0]);
});
