/**
 * Where the package lies: the same answer from the sources, from the build, and once installed.
 *
 * Spec      -
 * Next      server.ts - finds its pages with it; cli/main.ts - the version
 * Left out  everything that depends on the working directory
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds barewire's `package.json`, found by walking up from this file. */
export const packageRoot: string = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

function findPackageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json of barewire not found above its own files');
  return findPackageRoot(parent);
}
