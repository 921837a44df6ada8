/**
 * Programs that some tests need beyond Node, and what happens where one is missing.
 *
 * Spec      -
 * Next      tests with an outside judge: openssl, curl, Chromium, Python's websockets
 * Left out  installing them
 */
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

const probes = {
  openssl: ['openssl', ['version']],
  curl: ['curl', ['--version']],
  certutil: ['certutil', ['-H']],
  chromium: ['chromium', ['--version']],
  'python3-websockets': ['/usr/bin/python3', ['-c', 'import websockets']],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

/** Whether this Node runs TypeScript sources by itself (22.18 and newer). */
export const runsTypeScript = Boolean((process.features as { typescript?: unknown }).typescript);

/** A program that a test can ask for. */
export type Tool = keyof typeof probes;

const found = new Map<Tool, boolean>();

/** Whether a tool is on this machine; looked for once. */
export function hasTool(tool: Tool): boolean {
  let present = found.get(tool);
  if (present === undefined) {
    const [command, args] = probes[tool];
    const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
    // certutil -H prints its help and exits with 1; what matters is that it could be started.
    present = error === undefined && (status === 0 || tool === 'certutil');
    found.set(tool, present);
  }
  return present;
}

/**
 * A test that needs tools. Where one is missing the test is skipped with a message that names it;
 * with `CI=true` it fails instead, so that nothing is left out unseen.
 */
export function testWith(
  tools: readonly Tool[],
  title: string,
  run: (t: TestContext) => void | Promise<void>,
): void {
  const missing = tools.filter((tool) => !hasTool(tool));
  if (missing.length === 0) {
    test(title, run);
  } else if (process.env['CI'] === 'true') {
    test(title, () => {
      throw new Error(`needs ${missing.join(' and ')}, which CI must install`);
    });
  } else {
    test(title, { skip: `needs ${missing.join(' and ')}, not found on this machine` }, () => {});
  }
}
