import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { PipeConsole, writeLines } from '../../src/cli/pipe-console.ts';

function streams(prefix = '') {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  return { stdin, stdout, stderr, prefix: () => prefix };
}

const readAll = (stream: PassThrough) => String(stream.read() ?? '');

test('messages go to stdout, notes to stderr, each line behind the time', () => {
  const io = streams('12:00 ');
  const console = new PipeConsole(io);
  assert.equal(console.isTerminal, false);
  assert.equal(console.message('a message'), undefined);
  console.note('one\ntwo');
  assert.equal(readAll(io.stdout), '12:00 a message\n');
  assert.equal(readAll(io.stderr), '12:00 one\n12:00 two\n');
});

test('lines are handed out one after the other, and then the end', async () => {
  const io = streams();
  const seen: string[] = [];
  let busy = false;
  await new Promise<void>((resolve) => {
    new PipeConsole(io).read({
      async line(text) {
        assert.equal(busy, false);
        busy = true;
        await new Promise(setImmediate);
        busy = false;
        seen.push(text);
      },
      end: resolve,
      interrupt: () => assert.fail(),
    });
    io.stdin.write('one\ntw');
    io.stdin.end('o\r\n\nthr\u00e9e');
  });
  assert.deepEqual(seen, ['one', 'two', '', 'thr\u00e9e']);
});

test('a console that is closed reads no more', async () => {
  const io = streams();
  const console = new PipeConsole(io);
  await new Promise<void>((resolve) => {
    console.read({
      async line() {
        console.close();
      },
      end: resolve,
      interrupt: () => assert.fail(),
    });
    io.stdin.write('one\n');
  });
  assert.equal(io.stdin.destroyed, true);
});

test('a slow reader is waited for, one that has gone is not', async () => {
  const stream = new PassThrough({ highWaterMark: 1 });
  const written = writeLines(stream, '', 'long');
  assert.ok(written instanceof Promise);
  stream.resume();
  await written;
  const gone = writeLines(new PassThrough({ highWaterMark: 1 }).destroy(), '', 'x');
  assert.equal(gone, undefined);
  const going = new PassThrough({ highWaterMark: 1 });
  const waiting = writeLines(going, '', 'x');
  going.destroy();
  await waiting;
});
