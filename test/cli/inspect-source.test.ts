import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { arrivals } from '../../src/cli/inspect-source.ts';
import type { InspectSource } from '../../src/cli/inspect-options.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';

async function all(source: InspectSource, role?: 'client' | 'server') {
  const found: string[] = [];
  for await (const { sender, bytes, isCapture } of arrivals(source, role)) {
    found.push(`${sender} ${bytes.toString('hex')} ${isCapture}`);
  }
  return found;
}

test('bytes, a raw file and a capture', async (t) => {
  const folder = temporaryFolder(t);
  const file = (name: string, content: string | Buffer): InspectSource => {
    writeFileSync(join(folder, name), content);
    return { kind: 'file', path: join(folder, name) };
  };
  const bytes = Buffer.from([0x81, 0]);
  assert.deepEqual(await all({ kind: 'bytes', bytes }), ['undefined 8100 false']);
  assert.deepEqual(await all(file('raw', bytes), 'server'), ['server 8100 false']);
  const capture = file('capture', '# x\n> 81\n< 8100\n');
  assert.deepEqual(await all(capture), ['client 81 true', 'server 8100 true']);
  // Who says whose the bytes are says that they are raw.
  assert.equal((await all(capture, 'client')).length, 1);
  assert.deepEqual(await all(file('empty', '')), []);
  await assert.rejects(all(file('bare', '81 00\n')), /bare is hexadecimal text .*: put > .* line$/);
  await assert.rejects(
    all(file('bad', '> 8\n')),
    /^UsageError: .*bad line 1: a byte has two digits/,
  );
});

test('what cannot be read is told with its name', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'none');
  await assert.rejects(
    all({ kind: 'file', path }),
    /^UsageError: cannot read .*none: there is no such/,
  );
  await assert.rejects(
    all({ kind: 'file', path: folder }),
    /^UsageError: cannot read .*: it is a folder/,
  );
});
