/** bin/barewire.js: which code it starts, and what it says when there is none. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../src/lab/index.ts';
import { startProgram } from '../../testing/program.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { runsTypeScript } from '../../testing/tools.ts';

/** A package with the launcher and programs that only say which they are. */
function fakePackage(t: TestContext, parts: { checkout: boolean; build: boolean }) {
  const root = temporaryFolder(t);
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('package.json', '{"type":"module"}');
  write('bin/x', '');
  copyFileSync(join(packageRoot, 'bin', 'barewire.js'), join(root, 'bin', 'barewire.js'));
  write('src/cli/main.ts', 'const said: string = "sources"; console.log(said);');
  if (parts.checkout) write('tsconfig.json', '{}');
  if (parts.build) write('build/src/cli/main.js', 'console.log("build");');
  return startProgram(t, process.execPath, [join(root, 'bin', 'barewire.js')]);
}

const sourcesOr = (other: string) => (runsTypeScript ? 'sources' : other);

test('in a checkout: the sources where Node can run them, else the build', async (t) => {
  const { ended, lines } = fakePackage(t, { checkout: true, build: true });
  assert.equal(await ended, 0);
  assert.deepEqual(lines, [sourcesOr('build')]);
});

test('installed from a package: the build', async (t) => {
  const { ended, lines } = fakePackage(t, { checkout: false, build: true });
  assert.equal(await ended, 0);
  assert.deepEqual(lines, ['build']);
});

test('with neither: one line that says what to do, and exit code 2', async (t) => {
  const { ended, errorLines } = fakePackage(t, { checkout: false, build: false });
  assert.equal(await ended, 2);
  assert.equal(errorLines.length, 1);
  assert.match(errorLines[0]!, /^barewire: no build found; run "npm ci && npm run build"/);
});
