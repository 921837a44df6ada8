import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CredentialError } from '../../../src/tls/index.ts';
import {
  createFile,
  FileMode,
  preparePrivateFolder,
  readIfPresent,
  replaceFile,
} from '../../../src/tls/io/private-files.ts';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';

const modeOf = (path: string) => statSync(path).mode & 0o777;

test('a folder is made for its owner only; one that is open to others is refused, not changed', async (t) => {
  const folder = join(temporaryFolder(t), 'a', 'b');
  await preparePrivateFolder(folder);
  await preparePrivateFolder(folder);
  assert.equal(modeOf(folder), 0o700);
  chmodSync(folder, 0o755);
  await assert.rejects(preparePrivateFolder(folder), {
    name: 'CredentialError',
    message: `${folder}: expected a folder that only its owner may enter; run: chmod 700 ${folder}`,
  });
  assert.equal(modeOf(folder), 0o755);
});

test('a file in the place of the folder is told', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(preparePrivateFolder(file), /cannot be made a folder: .*EEXIST/);
});

test('a folder that cannot be is told, and not tried for ever', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(preparePrivateFolder(join(file, 'x')), /cannot be made a folder: .*ENOTDIR/);
  // /proc takes no new folder, and says that there is no such place, although it is there.
  if (existsSync('/proc/self')) {
    for (const folder of ['/proc/barewire', '/proc/barewire/a']) {
      await assert.rejects(preparePrivateFolder(folder), /cannot be made a folder: /);
    }
  }
});

test('two at once make the same folder', async (t) => {
  const folder = join(temporaryFolder(t), 'a', 'b', 'c');
  await Promise.all([1, 2, 3, 4].map(() => preparePrivateFolder(folder)));
  assert.equal(modeOf(folder), 0o700);
});

test('a name is given once: what is there is never overwritten', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'key');
  const contents = Array.from({ length: 20 }, (_, i) => `content ${i}`.repeat(100));
  const made = await Promise.all(contents.map((text) => createFile(file, text, FileMode.secret)));
  assert.equal(made.filter(Boolean).length, 1);
  assert.equal(await readIfPresent(file), contents[made.indexOf(true)]);
  assert.equal(modeOf(file), 0o600);
  assert.deepEqual(readdirSync(folder), ['key']);
});

test('a file is replaced in one step, whether it was there or not', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'certificate');
  await replaceFile(file, 'one', FileMode.open);
  await replaceFile(file, 'two', FileMode.open);
  assert.equal(readFileSync(file, 'utf8'), 'two');
  assert.equal(modeOf(file) & ~FileMode.open, 0);
  assert.deepEqual(readdirSync(folder), ['certificate']);
});

test('what cannot be written or read names its file and leaves nothing behind', async (t) => {
  const folder = temporaryFolder(t);
  const missing = join(folder, 'no', 'such');
  await assert.rejects(createFile(missing, 'x', FileMode.secret), CredentialError);
  mkdirSync(join(folder, 'taken'));
  writeFileSync(join(folder, 'taken', 'inside'), '');
  await assert.rejects(
    replaceFile(join(folder, 'taken'), 'x', FileMode.open),
    /taken: cannot be written/,
  );
  await assert.rejects(readIfPresent(join(folder, 'taken')), /taken: cannot be read: EISDIR/);
  assert.equal(await readIfPresent(missing), undefined);
  assert.deepEqual(readdirSync(folder), ['taken']);
});
