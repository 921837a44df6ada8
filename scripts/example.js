/**
 * Runs one of the examples: `npm run example NAME -- ARGUMENTS`.
 * The source where Node runs TypeScript by itself, else its build.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const names = readdirSync(join(root, 'examples'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -'.ts'.length));
const name = process.argv[2] ?? '';

if (!names.includes(name)) {
  console.error(`Usage: npm run example NAME -- ARGUMENTS\nNAME is one of: ${names.join(', ')}`);
  process.exit(2);
}
const file = process.features.typescript
  ? join(root, 'examples', `${name}.ts`)
  : join(root, 'build', 'examples', `${name}.js`);
process.argv.splice(1, 2, file);
await import(pathToFileURL(file).href);
