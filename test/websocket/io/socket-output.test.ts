import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { SocketOutput } from '../../../src/websocket/io/socket-output.ts';
import { turns } from '../../../testing/websocket-pairs.ts';

/** A transport that takes a chunk only when it is told to. */
function setup() {
  const writes: Buffer[] = [];
  const takes: ((error?: Error) => void)[] = [];
  const socket = new Duplex({
    highWaterMark: 8,
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      writes.push(chunk);
      takes.push(callback);
    },
  });
  socket.on('error', () => {});
  const state = { full: 0, waiting: 0 };
  const output = new SocketOutput(socket, {
    full: () => void state.full++,
    waitingBytes: () => state.waiting,
  });
  const put = (text: string) => {
    output.reserve(text.length).write(text);
    output.commit(text.length);
  };
  const take = () => void takes.shift()?.();
  return { socket, output, writes, take, state, put };
}

test('frames are gathered and written in one go, shared ones without a copy', async () => {
  const { output, writes, put, take } = setup();
  const shared = Buffer.from('shared');
  put('one');
  output.forward(shared);
  put('two');
  assert.equal(output.isPending, true);
  assert.equal(output.bufferedBytes, 12);
  output.flush();
  assert.equal(output.isPending, false);
  for (let i = 0; i < 3; i++) {
    take();
    await turns(1);
  }
  assert.equal(Buffer.concat(writes).toString(), 'onesharedtwo');
  assert.equal(writes[1]?.buffer, shared.buffer);
  assert.equal(output.bufferedBytes, 0);
});

test('64 KiB are written at once', () => {
  const { output, writes } = setup();
  output.reserve(64 * 1024).fill(0);
  output.commit(64 * 1024 - 1);
  assert.equal(writes.length, 0);
  output.forward(Buffer.alloc(1));
  assert.equal(writes.length, 1);
});

test('callbacks come when their frames were written; one that throws swallows no other', async () => {
  const { output, put, take } = setup();
  const told: string[] = [];
  for (const name of ['first', 'second', 'third']) {
    output.written((error) => {
      told.push(`${name} ${error}`);
      if (name === 'first') throw new Error(`thrown by ${name}`);
    });
    put(name);
  }
  output.flush();
  await turns(1);
  assert.deepEqual(told, []);
  assert.throws(take, /thrown by first/);
  await turns(1);
  assert.deepEqual(told, ['first undefined', 'second undefined', 'third undefined']);
});

test('a transport that fills tells so, once for each write that finds it full', () => {
  const { output, state, put } = setup();
  put('short');
  output.flush();
  assert.equal(state.full, 0);
  put('long enough');
  output.flush();
  assert.equal(state.full, 1);
});

test('drained waits for what is written and what waits elsewhere, without looking again and again', async () => {
  const { output, state, put, take } = setup();
  assert.equal(await output.drained(), true);
  put('one');
  output.flush();
  state.waiting = 3;
  const answers: boolean[] = [];
  for (let i = 0; i < 20; i++) void output.drained().then((answer) => answers.push(answer));
  take();
  await turns(2);
  take();
  await turns(5);
  assert.deepEqual(answers, []);
  state.waiting = 0;
  output.tellDrained();
  await turns(1);
  assert.deepEqual(answers, Array<boolean>(20).fill(true));
});

test('a transport that is lost: callbacks get an error, drained answers false', async () => {
  const { socket, output, put } = setup();
  const told: string[] = [];
  put('on its way');
  output.written((error) => told.push(`written ${error?.message}`));
  put('never');
  const drained = output.drained();
  socket.destroy();
  output.lost();
  assert.equal(await drained, false);
  assert.equal(await output.drained(), false);
  output.written((error) => told.push(`late ${error?.message}`));
  put('later');
  output.flush();
  output.dropped((error) => told.push(`dropped ${error?.message}`));
  await turns(2);
  const why = 'the connection was closed before the message was sent';
  assert.deepEqual(told, [`written ${why}`, `late ${why}`, `dropped ${why}`]);
});
