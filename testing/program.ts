/**
 * Programs started by tests: from the sources where this Node runs them, else from the build.
 *
 * Spec      -
 * Next      tests of the examples and of the command line
 * Left out  -
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { packageRoot } from '../src/lab/package-root.ts';
import { runsTypeScript } from './tools.ts';

/** A program that runs, and what it has printed so far. */
export interface Program {
  child: ChildProcess;
  lines: string[];
  errorLines: string[];
  /**
   * The first line of stdout, printed already or to come, that matches; throws at the end of
   * stdout.
   */
  line(pattern: RegExp): Promise<string>;
  /** Waits for the end; the exit code, or the signal's name. */
  ended: Promise<number | string>;
}

/** The file to run for a source of the project. */
export function runnable(source: string): string {
  return runsTypeScript
    ? join(packageRoot, source)
    : join(packageRoot, 'build', source.replace(/\.ts$/, '.js'));
}

/**
 * Starts a program; it is killed at the end of the test if it still runs. Its standard input is at
 * its end at once, or what is written to `child.stdin` if that is a pipe.
 */
export function startProgram(
  t: TestContext,
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; stdin?: 'ignore' | 'pipe' } = {},
): Program {
  const child = spawn(command, args, {
    cwd: options.cwd ?? packageRoot,
    env: { ...process.env, ...options.env },
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines: string[] = [];
  const errorLines: string[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    for (const watcher of watchers) watcher();
  });
  createInterface({ input: child.stderr! }).on('line', (line) => errorLines.push(line));
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((text) => pattern.test(text));
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      void ended.then((how) => {
        const said = [...lines, ...errorLines].join('\n');
        reject(new Error(`${args.join(' ')} ended (${how}) without ${pattern}:\n${said}`));
      });
      look();
    });
  return { child, lines, errorLines, line, ended };
}
