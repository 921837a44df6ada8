import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { UpgradeAttempt } from '../../../src/websocket/io/upgrade-attempt.ts';

const request = {} as IncomingMessage;

test('a socket is taken once, by whichever server', () => {
  const socket = new PassThrough();
  new UpgradeAttempt(request, socket);
  assert.throws(() => new UpgradeAttempt(request, socket), /called more than once/);
  new UpgradeAttempt(request, new PassThrough());
});

test('an attempt ends once', () => {
  const attempt = new UpgradeAttempt(request, new PassThrough());
  assert.equal(attempt.hasEnded, false);
  assert.equal(attempt.end(), true);
  assert.equal(attempt.hasEnded, true);
  assert.equal(attempt.end(), false);
});

test('an error of the socket destroys it, and is nothing more', async () => {
  const socket = new PassThrough();
  const attempt = new UpgradeAttempt(request, socket);
  assert.equal(attempt.isConnected, true);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.emit('error', new Error('reset'));
  await closed;
  assert.equal(attempt.isConnected, false);
  attempt.release();
  assert.equal(socket.listenerCount('error'), 0);
});

test('the deadline comes unless the attempt ends before', async () => {
  const told: string[] = [];
  const late = new UpgradeAttempt(request, new PassThrough());
  await new Promise<void>((resolve) => {
    late.wait(1, resolve, () => told.push('late'));
  });
  assert.equal(told.length, 0);
  late.end();
  const early = new UpgradeAttempt(request, new PassThrough());
  early.wait(
    1_000_000,
    () => told.push('never'),
    () => told.push('early'),
  );
  early.end();
  assert.deepEqual(told, ['late', 'early']);
});

test('an attempt ends when its client goes', async () => {
  const socket = new PassThrough();
  const attempt = new UpgradeAttempt(request, socket);
  const ended = new Promise<void>((resolve) => attempt.wait(1_000_000, () => {}, resolve));
  socket.destroy();
  await ended;
  assert.equal(attempt.end(), false);
});
