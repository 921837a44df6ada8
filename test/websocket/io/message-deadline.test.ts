import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MessageDeadline } from '../../../src/websocket/io/message-deadline.ts';
import { Opcode } from '../../../src/websocket/index.ts';
import { clientFrame, connectRaw, record, until } from '../../../testing/websocket-pairs.ts';
import { closeOf } from '../../../testing/websocket-peers.ts';

/** A deadline whose clock and timers are moved by hand. */
function setup(t: TestContext, timeoutMs: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const state = { unfinished: undefined as number | undefined, late: 0 };
  const deadline = new MessageDeadline(timeoutMs, {
    unfinished: () => state.unfinished,
    late: () => void state.late++,
  });
  const pass = (ms: number) => {
    nowMs += ms;
    t.mock.timers.tick(ms);
  };
  const watch = (message: number | undefined) => deadline.watch((state.unfinished = message));
  return { deadline, state, pass, watch };
}

test('a message is late once its time is over, and not before', (t) => {
  const { state, pass, watch } = setup(t, 100);
  watch(1);
  pass(60);
  watch(1);
  pass(39);
  assert.equal(state.late, 0);
  pass(1);
  assert.equal(state.late, 1);
});

test('each message has its own time; between messages nothing is late', (t) => {
  const { state, pass, watch } = setup(t, 100);
  watch(1);
  pass(60);
  watch(2);
  pass(60);
  watch(undefined);
  pass(1000);
  assert.equal(state.late, 0);
  watch(3);
  pass(100);
  assert.equal(state.late, 1);
});

test('the time stands still while we do not read', (t) => {
  const { deadline, state, pass, watch } = setup(t, 100);
  watch(1);
  pass(50);
  deadline.hold();
  pass(1000);
  deadline.release();
  pass(49);
  assert.equal(state.late, 0);
  pass(1000);
  assert.equal(state.late, 1);
});

test('stopped, nothing is late', (t) => {
  const { deadline, state, pass, watch } = setup(t, 100);
  watch(1);
  deadline.stop();
  pass(1000);
  assert.equal(state.late, 0);
});

test('a peer that stops in the middle of a message is closed with 1008', async (t) => {
  const { socket, raw } = await connectRaw(t, { messageTimeoutMs: 20 });
  const codes: string[] = [];
  socket.on('error', (error) => void codes.push((error as Error & { code: string }).code));
  raw.write(clientFrame('begun', Opcode.text, false));
  raw.resume();
  await closeOf(socket);
  assert.deepEqual(codes, ['ERR_WS_MESSAGE_TIMEOUT']);
  const { error } = socket.outcome!;
  assert.equal(error?.closeCode, 1008);
  assert.equal(error?.frame, undefined, 'no frame is to blame');
  assert.match(error?.likelyCauses[0] ?? '', /stopped in the middle/);
});

test('a message that begins behind a pause has a deadline too', async (t) => {
  const { socket, raw } = await connectRaw(t, { messageTimeoutMs: 20 });
  const told = record(socket, 'message');
  socket.once('message', () => socket.pause());
  raw.write(Buffer.concat([clientFrame('whole'), clientFrame('begun', Opcode.text, false)]));
  raw.resume();
  await until(() => socket.isPaused);
  socket.resume();
  await closeOf(socket);
  assert.deepEqual(told, ['message whole']);
  assert.equal(socket.outcome?.error?.code, 'ERR_WS_MESSAGE_TIMEOUT');
});
