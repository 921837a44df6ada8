#!/usr/bin/env node
/**
 * Starts the command line: from the sources in a checkout where Node can run TypeScript, else from
 * the build. An installed package carries no tsconfig.json; that is how a checkout is told apart.
 */
import { existsSync } from 'node:fs';

const checkout = existsSync(new URL('../tsconfig.json', import.meta.url));
const sources = new URL('../src/cli/main.ts', import.meta.url);
const build = new URL('../build/src/cli/main.js', import.meta.url);

if (checkout && process.features.typescript) {
  await import(sources.href);
} else if (existsSync(build)) {
  await import(build.href);
} else {
  console.error(
    'barewire: no build found; run "npm ci && npm run build", or use Node 22.18 or newer, which runs the sources',
  );
  process.exitCode = 2;
}
