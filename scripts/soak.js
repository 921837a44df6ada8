/**
 * Compressed connections that come and go, and what they leave in memory: `npm run soak -- --seconds N`.
 * The source where Node runs TypeScript by itself, else its build.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = process.features.typescript
  ? join(root, 'testing', 'soak', 'deflate-soak.ts')
  : join(root, 'build', 'testing', 'soak', 'deflate-soak.js');
const { status } = spawnSync(
  process.execPath,
  ['--enable-source-maps', '--expose-gc', file, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
