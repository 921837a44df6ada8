/**
 * Hands every test file to `node --test`: the sources where Node runs TypeScript by itself, else the
 * compiled tests. A list of files is the one form that Node 20, 22 and later understand alike.
 *
 *   node scripts/run-tests.js [WORD...] [--list] [other options of node --test]
 *
 * WORD keeps the files whose path contains it; --list prints the files and runs nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, ending] = process.features.typescript
  ? [join(root, 'test'), '.test.ts']
  : [join(root, 'build', 'checks'), '.check.js'];

if (!existsSync(folder)) {
  console.error(`${relative(root, folder)} is missing. Run: npm run build`);
  process.exit(2);
}

const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const files = readdirSync(folder, { recursive: true })
  .map((name) => relative(root, join(folder, String(name))))
  .filter((name) => name.endsWith(ending))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort();

if (options.includes('--list')) {
  for (const file of files) console.log(file);
} else if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`);
  process.exit(2);
} else {
  const { status } = spawnSync(
    process.execPath,
    // A test that hangs is named and fails, instead of keeping everybody waiting.
    ['--enable-source-maps', '--test', '--test-timeout=120000', ...options, ...files],
    { cwd: root, stdio: 'inherit' },
  );
  process.exit(status ?? 1);
}
