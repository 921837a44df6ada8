/**
 * A folder that goes when its test ends.
 *
 * Spec      -
 * Next      tests that write files
 * Left out  -
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Makes an empty folder, removed with all that is in it after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'barewire-test-'));
  // Retried, for a browser that is closing may still be writing into its profile.
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}
