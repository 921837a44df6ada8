/**
 * Fuzzes what reads the bytes of strangers: `npm run fuzz -- --seconds 60`; `--help` tells the rest.
 * The source where Node runs TypeScript by itself, else its build.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = process.features.typescript
  ? join(root, 'testing', 'fuzz', 'main.ts')
  : join(root, 'build', 'testing', 'fuzz', 'main.js');
await import(pathToFileURL(file).href);
