import assert from 'node:assert/strict';
import fs, { readFileSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { CaptureFile } from '../../src/cli/capture-file.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

const noFailure = (error: Error) => assert.fail(error);

test('a capture holds what both sides sent, for its owner only', (t) => {
  const path = join(temporaryFolder(t), 'capture');
  const capture = new CaptureFile(path, noFailure);
  capture.write('client', Buffer.from([0x81, 0x80, 0, 0, 0, 0]));
  capture.write('server', Buffer.from([0x81, 0]));
  capture.close();
  capture.close();
  capture.write('server', Buffer.from([1]));
  const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n');
  assert.match(head, /^# barewire capture/);
  assert.deepEqual(lines, ['> 81 80 00 00 00 00', '< 81 00', '']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a file that is there is kept', (t) => {
  const path = join(temporaryFolder(t), 'capture');
  writeFileSync(path, 'precious');
  assert.throws(() => new CaptureFile(path, noFailure), {
    name: 'UsageError',
    message: `--capture cannot write "${path}": there is such a file, and it is kept`,
  });
  assert.equal(readFileSync(path, 'utf8'), 'precious');
});

test('a folder that is not there is an error of usage', (t) => {
  const path = join(temporaryFolder(t), 'none', 'capture');
  assert.throws(
    () => new CaptureFile(path, noFailure),
    (error) => error instanceof UsageError && /": ENOENT$/.test(error.message),
  );
});

test('a file that cannot be written to any more is told once', (t) => {
  const failures: Error[] = [];
  const path = join(temporaryFolder(t), 'capture');
  const capture = new CaptureFile(path, (error) => failures.push(error));
  t.mock.method(fs, 'appendFileSync', () => {
    throw new Error('ENOSPC');
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  capture.write('client', Buffer.from([1]));
  capture.write('client', Buffer.from([2]));
  assert.deepEqual(
    failures.map(({ message }) => message),
    ['ENOSPC'],
  );
});
