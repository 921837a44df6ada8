/**
 * Type-checks the sources and, where Node cannot run TypeScript by itself, compiles them into build/.
 *
 *   node scripts/build.js               check and compile
 *   node scripts/build.js --if-needed   compile only where Node needs it and a source is newer
 *   node scripts/build.js --for-tests   always check; compile only where Node needs it
 *
 * Compiled tests are moved from build/test/X.test.js to build/checks/X.check.js: plain `node --test`
 * takes every *.test.js and everything below a folder named test, and would run each test twice.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const buildFolder = join(root, 'build');
const stampFile = join(buildFolder, 'complete');
const runsTypeScript = Boolean(process.features.typescript);

function runCompiler(options) {
  let compiler;
  try {
    compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    console.error('The TypeScript compiler is not installed. Run: npm ci');
    process.exit(2);
  }
  const { status, error } = spawnSync(process.execPath, [compiler, '-p', root, ...options], {
    stdio: 'inherit',
  });
  if (error) console.error(`The TypeScript compiler did not start: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

function newestChange(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(path).map((name) => newestChange(join(path, name)));
  return Math.max(stat.mtimeMs, ...inside);
}

function isUpToDate() {
  if (!existsSync(stampFile)) return false;
  const inputs = ['src', 'test', 'testing', 'examples', 'tsconfig.json', 'package.json'];
  const newest = Math.max(...inputs.map((name) => newestChange(join(root, name))));
  return newest <= statSync(stampFile).mtimeMs;
}

function layTestsAside() {
  const from = join(buildFolder, 'test');
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { recursive: true })) {
    const name = String(entry);
    if (!/\.test\.(js|js\.map|d\.ts)$/.test(name)) continue;
    renameSync(join(from, name), join(from, name.replace('.test.', '.check.')));
  }
  renameSync(from, join(buildFolder, 'checks'));
}

function build() {
  rmSync(buildFolder, { recursive: true, force: true });
  runCompiler([]);
  layTestsAside();
  writeFileSync(stampFile, '');
}

if (process.argv.includes('--if-needed')) {
  if (!runsTypeScript && !isUpToDate()) build();
} else if (process.argv.includes('--for-tests') && runsTypeScript) {
  runCompiler(['--noEmit']);
} else {
  build();
}
