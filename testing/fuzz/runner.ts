/**
 * Tries one target with input after input, and keeps what breaks a rule.
 *
 * Spec      -
 * Next      main.ts - runs all targets for some seconds; test/websocket/fuzz.test.ts - a few inputs
 * Left out  -
 *
 *   seed, name ---> random numbers ---> input ---> check ---> something new? then it is `known`
 *                                         ^                              |
 *                                         '------------ changed ---------'
 *
 * So the n-th input of a target follows from the seed alone, however long a run takes.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, Script } from 'node:vm';
import { packageRoot } from '../../src/lab/package-root.ts';
import { SeededRandom } from '../seeded-random.ts';
import { shrink } from './shrink.ts';
import type { FuzzInput, FuzzTarget } from './target.ts';

/** An input that broke a rule, as it is saved. */
export interface FuzzFailure {
  target: string;
  /** The rule, in the words of what was thrown. */
  message: string;
  /** Of the run that found it. */
  seed: number;
  input: FuzzInput;
}

const dataFolder = join(packageRoot, 'test', 'data', 'fuzz');
const failureFolder = join(dataFolder, 'failures');

/** A hundred inputs take a second at most: this is a loop without an end. */
const hangMs = 20_000;

/** An input is made smaller for as long as this; only one that hangs needs so much. */
const shrinkMs = 60_000;

/** Inputs that are kept to be changed; beyond that a new one takes the place of another. */
const mostKnown = 400;

/** One target, with the random numbers and the known inputs of a run. */
export class TargetRun {
  readonly target: FuzzTarget;
  readonly seed: number;
  /** Inputs tried so far. */
  inputs = 0;
  /** What broke a rule; nothing more is tried then. */
  failure: FuzzFailure | undefined;

  readonly #random: SeededRandom;
  /** Tried first, as they are. */
  readonly #corpus: readonly FuzzInput[];
  readonly #known: FuzzInput[];
  readonly #outcomes = new Set<string>();
  /** What is being tried. */
  #input: FuzzInput = {};

  constructor(target: FuzzTarget, seed: number) {
    this.target = target;
    this.seed = seed;
    const digest = createHash('sha256').update(`${seed} ${target.name}`).digest();
    this.#random = new SeededRandom(digest.readUInt32BE(0));
    this.#corpus = readCorpus(target.name);
    this.#known = [...this.#corpus];
  }

  /** How many different things the inputs did. */
  get outcomes(): number {
    return this.#outcomes.size;
  }

  /** Tries the next inputs, so many at most. False once a rule is broken. */
  async step(most = 1): Promise<boolean> {
    let answer: Promise<string> | undefined;
    try {
      // Most targets answer at once; a guard for each input would cost more than the inputs.
      guarded(() => {
        for (let tried = 0; tried < most && answer === undefined; tried++) answer = this.#tryNext();
      });
      if (answer !== undefined) this.#learn(this.#input, await settled(answer));
      return true;
    } catch (thrown) {
      this.failure = await this.#shrunk(this.#input, thrown);
      return false;
    }
  }

  #tryNext(): Promise<string> | undefined {
    this.#input = this.#corpus[this.inputs] ?? this.target.create(this.#random, this.#known);
    this.inputs++;
    const answer = this.target.check(this.#input);
    if (typeof answer !== 'string') return answer;
    this.#learn(this.#input, answer);
    return undefined;
  }

  #learn(input: FuzzInput, outcome: string): void {
    if (this.#outcomes.has(outcome)) return;
    this.#outcomes.add(outcome);
    if (this.#known.length < mostKnown) this.#known.push(input);
    else this.#known[this.#random.below(mostKnown)] = input;
  }

  async #shrunk(input: FuzzInput, thrown: unknown): Promise<FuzzFailure> {
    const { target, seed } = this;
    const rule = ruleOf(thrown);
    const end = performance.now() + shrinkMs;
    const smallest = await shrink(input, async (smaller) => {
      if (performance.now() > end) return false;
      const again = await failureOf(target, smaller);
      return again !== undefined && ruleOf(again) === rule;
    });
    const message = messageOf((await failureOf(target, smallest)) ?? thrown);
    return { target: target.name, message, seed, input: smallest };
  }
}

/** Tries one input; what it threw, if it broke a rule. */
export async function failureOf(target: FuzzTarget, input: FuzzInput): Promise<unknown> {
  try {
    const answer = guarded(() => target.check(input));
    if (typeof answer !== 'string') await settled(answer);
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('nothing was thrown');
  }
}

const guardContext: { run: () => unknown } = { run: () => undefined };
createContext(guardContext);
const guardScript = new Script('run()');

/** Calls a function that might never return: then it throws ERR_SCRIPT_EXECUTION_TIMEOUT. */
function guarded<T>(run: () => T): T {
  guardContext.run = run;
  return guardScript.runInContext(guardContext, { timeout: hangMs }) as T;
}

/** Waits for an answer that comes later: that never comes, or fails where nobody can catch it. */
function settled(answer: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
    timer = setTimeout(() => reject(new Error('the answer does not come')), hangMs);
    process.on('uncaughtException', fail);
  });
  return Promise.race([answer, failure]).finally(() => {
    clearTimeout(timer);
    process.off('uncaughtException', fail);
  });
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const where = (thrown.stack ?? '').split('\n').filter((line) => /^ {4}at .*\/src\//.test(line));
  return [`${thrown.name}: ${thrown.message}`, ...where.slice(0, 3)].join('\n');
}

/** What two failures have in common that have the same reason: no numbers, no quoted input. */
function ruleOf(thrown: unknown): string {
  const { code = '', message = String(thrown) } = thrown as { code?: string; message?: string };
  return `${code} ${message.split(/[\n:]/, 1)[0]!.replace(/\d+/g, 'n').slice(0, 60)}`.trim();
}

/** The hand-made inputs of a target: a list of notes and inputs in a file of its name. */
export function readCorpus(name: string): FuzzInput[] {
  const file = join(dataFolder, 'corpus', `${name}.json`);
  if (!existsSync(file)) return [];
  const entries = JSON.parse(readFileSync(file, 'utf8')) as { note: string; input: FuzzInput }[];
  return entries.map(({ input }) => input);
}

/** Saves what broke a rule, where the tests try it again. Returns the path of the file. */
export function saveFailure(failure: FuzzFailure): string {
  const digest = createHash('sha256').update(JSON.stringify(failure.input)).digest('hex');
  const file = join(failureFolder, `${failure.target}-${digest.slice(0, 12)}.json`);
  mkdirSync(failureFolder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(failure, undefined, 2)}\n`);
  return file;
}

/** The paths of all that was saved. */
export function savedFailures(): string[] {
  if (!existsSync(failureFolder)) return [];
  return readdirSync(failureFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(failureFolder, name));
}

/** Reads what was saved. */
export function readFailure(file: string): FuzzFailure {
  return JSON.parse(readFileSync(file, 'utf8')) as FuzzFailure;
}
