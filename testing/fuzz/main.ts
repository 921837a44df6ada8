/**
 * `npm run fuzz`: tries what reads the bytes of strangers with inputs nobody would think of.
 *
 * Spec      -
 * Next      runner.ts - tries one target; targets.ts - what is tried
 * Left out  several processes: run it several times, each with another seed
 *
 * Exit codes: 0 all inputs kept the rules; 1 one did not, and is saved; 2 a wrong command line.
 */
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../src/lab/package-root.ts';
import { failureOf, readFailure, saveFailure, TargetRun } from './runner.ts';
import type { FuzzTarget } from './target.ts';
import { findTarget, fuzzTargets } from './targets.ts';

const help = `npm run fuzz -- [OPTIONS]

  --seconds N      how long; default 60
  --inputs N       so many inputs of each target, instead of a time
  --seed N         repeats the inputs of another run; default: a new one, which is printed
  --target NAME    only this target; may be given several times
  --replay FILE    tries a saved input again, and nothing else
  --list           prints the targets
  --help           prints this text
`;

class UsageError extends Error {}

interface FuzzOptions {
  targets: readonly FuzzTarget[];
  seed: number;
  seconds: number;
  inputs: number;
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= most) return value;
  throw new UsageError(`--${name} must be a whole number from 0 to ${most}, got ${text}`);
}

function readOptions(values: ReturnType<typeof parse>): FuzzOptions {
  const targets = (values.target ?? fuzzTargets.map(({ name }) => name)).map((name) => {
    const target = findTarget(name);
    if (target !== undefined) return target;
    throw new UsageError(`--target must be one of those that --list prints, got ${name}`);
  });
  const seed = wholeNumber('seed', values.seed ?? String(Date.now() % 2 ** 32), 2 ** 32 - 1);
  const inputs =
    values.inputs === undefined ? Infinity : wholeNumber('inputs', values.inputs, 2 ** 53);
  const timed = values.inputs === undefined || values.seconds !== undefined;
  const seconds = timed ? wholeNumber('seconds', values.seconds ?? '60', 10 ** 7) : Infinity;
  return { targets, seed, seconds, inputs };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seconds: { type: 'string' },
        inputs: { type: 'string' },
        seed: { type: 'string' },
        target: { type: 'string', multiple: true },
        replay: { type: 'string' },
        list: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** One target after the other, a fifth of a second each: nothing that runs on is left out. */
const sliceMs = 200;
const batchInputs = 50;

async function fuzz({ targets, seed, seconds, inputs }: FuzzOptions): Promise<number> {
  console.log(`seed ${seed} (repeat with --seed ${seed})`);
  const runs = targets.map((target) => new TargetRun(target, seed));
  const start = performance.now();
  const end = start + seconds * 1000;
  let interrupted = false;
  const interrupt = () => void (interrupted = true);
  process.once('SIGINT', interrupt);
  const isOver = () => interrupted || performance.now() >= end;
  const isActive = (run: TargetRun) => run.failure === undefined && run.inputs < inputs;
  let shown = start;
  while (!isOver() && runs.some(isActive)) {
    for (const run of runs.filter(isActive)) {
      const sliceEnd = performance.now() + sliceMs;
      while (isActive(run) && !isOver() && performance.now() < sliceEnd) {
        if (!(await run.step(Math.min(batchInputs, inputs - run.inputs)))) report(run);
      }
      // Lets a signal in.
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver()) break;
    }
    if (performance.now() - shown < 5000) continue;
    shown = performance.now();
    showProgress(runs, (shown - start) / 1000, seconds);
  }
  process.off('SIGINT', interrupt);
  showSummary(runs, (performance.now() - start) / 1000, interrupted);
  return runs.some((run) => run.failure !== undefined) ? 1 : 0;
}

function report(run: TargetRun): void {
  const file = relative(packageRoot, saveFailure(run.failure!));
  console.error(`\n${run.target.name}: input ${run.inputs} breaks a rule`);
  console.error(run.failure!.message);
  console.error(`saved as ${file}; again with: npm run fuzz -- --replay ${file}\n`);
}

const sum = (runs: readonly TargetRun[]) => runs.reduce((total, run) => total + run.inputs, 0);
const grouped = (value: number) => Math.round(value).toLocaleString('en');

function showProgress(runs: readonly TargetRun[], passed: number, seconds: number): void {
  const left = Number.isFinite(seconds) ? `, ${Math.ceil(seconds - passed)} s left` : '';
  console.log(`${grouped(sum(runs))} inputs, ${grouped(sum(runs) / passed)} a second${left}`);
}

function showSummary(runs: readonly TargetRun[], passed: number, interrupted: boolean): void {
  if (interrupted) console.log('interrupted');
  for (const run of runs) {
    const verdict = run.failure === undefined ? 'clean' : 'FAILED';
    const counts = `${grouped(run.inputs).padStart(12)} inputs ${String(run.outcomes).padStart(6)}`;
    console.log(`${run.target.name.padEnd(18)} ${counts} outcomes  ${verdict}`);
  }
  console.log(`${grouped(sum(runs))} inputs in ${passed.toFixed(1)} s`);
}

async function replay(file: string): Promise<number> {
  let saved;
  try {
    saved = readFailure(file);
  } catch (error) {
    throw new UsageError(`--replay must name a saved input, got ${file}: ${String(error)}`);
  }
  const target = findTarget(saved.target);
  if (target === undefined) throw new UsageError(`there is no target ${saved.target} (${file})`);
  const thrown = await failureOf(target, saved.input);
  if (thrown === undefined) console.log(`${target.name}: the input keeps the rules`);
  else console.error(thrown);
  return thrown === undefined ? 0 : 1;
}

async function main(args: string[]): Promise<number> {
  try {
    const values = parse(args);
    if (values.help) console.log(help);
    else if (values.replay !== undefined) return await replay(values.replay);
    else if (!values.list) return await fuzz(readOptions(values));
    else for (const { name, about } of fuzzTargets) console.log(`${name.padEnd(18)} ${about}`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${help}`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
