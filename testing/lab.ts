/**
 * The whole server, started within a test and ended with it.
 *
 * Spec      -
 * Next      test/lab/
 * Left out  its command line: test/cli/
 */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { startLab } from '../src/lab/index.ts';
import type { Lab, LabOptions } from '../src/lab/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A server on free ports, and the lines of its access log. */
export async function startTestLab(
  t: TestContext,
  options: Partial<LabOptions> = {},
): Promise<Lab & { lines: string[] }> {
  const lines: string[] = [];
  const folder = join(temporaryFolder(t), 'credentials');
  const log = (line: string) => void lines.push(line);
  const lab = await startLab({ port: 0, httpPort: 0, folder, log, ...options });
  t.after(() => lab.shutdown(0));
  return { ...lab, lines };
}
