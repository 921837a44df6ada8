/**
 * Runs the tests against other people's WebSocket packages: `npm run interop [WORD...]`.
 *
 * They use the package as it is published, by its name; so it is built first. They are compiled on
 * every Node, which also checks them, to files that plain `node --test` does not take for its own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'interop');

function run(command, args, cwd) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', shell });
  if (error) console.error(`${command} did not start: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function isInstalled() {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  const wanted = join(folder, 'package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs;
}

if (!isInstalled()) run('npm', ['ci', '--no-fund', '--no-audit'], folder);
run(process.execPath, [join(root, 'scripts', 'build.js')], root);
const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
rmSync(join(folder, 'build'), { recursive: true, force: true });
run(process.execPath, [join(dirname(manifest), 'bin', 'tsc'), '-p', folder], root);

const words = process.argv.slice(2);
const files = readdirSync(join(folder, 'build', 'interop'))
  .filter((name) => name.endsWith('.check.js'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .map((name) => join(folder, 'build', 'interop', name));
if (files.length === 0) {
  console.error(`no interop test matches ${words.join(' ')}`);
  process.exit(2);
}
run(process.execPath, ['--enable-source-maps', '--test', '--test-timeout=60000', ...files], root);
