/** Fuzzing, in small: what was found once stays mended, and each target is tried for a moment. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/lab/package-root.ts';
import {
  failureOf,
  readCorpus,
  readFailure,
  savedFailures,
  TargetRun,
} from '../../testing/fuzz/runner.ts';
import { shrink } from '../../testing/fuzz/shrink.ts';
import type { FuzzTarget } from '../../testing/fuzz/target.ts';
import { findTarget, fuzzTargets } from '../../testing/fuzz/targets.ts';
import { seededRandom } from '../../testing/seeded-random.ts';

/** Enough to see that a target works; `npm run fuzz` is for finding something. */
const inputsEach = 100;

for (const file of savedFailures()) {
  const name = relative(packageRoot, file);
  test(`found before, and mended: ${name}`, async () => {
    const { target, input, message } = readFailure(file);
    const found = findTarget(target);
    assert.ok(found, `there is no target ${target}`);
    const again = await failureOf(found, input);
    assert.equal(again, undefined, `was: ${message}`);
  });
}

for (const target of fuzzTargets) {
  test(`${target.name}: ${target.about}`, async (t) => {
    const corpus = readCorpus(target.name);
    assert.ok(corpus.length > 0, 'hand-made inputs to begin with');
    const run = new TargetRun(target, seededRandom(t).seed);
    const inputs = corpus.length + inputsEach;
    while (run.inputs < inputs && (await run.step(inputs - run.inputs)));
    assert.equal(run.failure, undefined, JSON.stringify(run.failure, undefined, 2));
    assert.ok(run.outcomes > 4, `only ${run.outcomes} different outcomes`);
  });
}

/** A target whose rule is that no text holds a `y` and an `x` behind it. */
function textTarget(seen: string[]): FuzzTarget {
  return {
    name: 'example',
    about: '-',
    create: (random) => ({
      text: Array.from({ length: 20 }, () => random.pick([...'abcxyz'])).join(''),
      count: random.below(100),
    }),
    check: ({ text }) => {
      seen.push(String(text));
      assert.doesNotMatch(String(text), /y.*x/);
      return 'fine';
    },
  };
}

test('the same seed makes the same inputs, and another makes others', async () => {
  const inputs = async (seed: number) => {
    const seen: string[] = [];
    const run = new TargetRun(textTarget(seen), seed);
    while (run.inputs < 20 && (await run.step()));
    return seen;
  };
  assert.deepEqual(await inputs(1), await inputs(1));
  assert.notDeepEqual(await inputs(1), await inputs(2));
});

test('what breaks a rule is found and made small', async () => {
  const run = new TargetRun(textTarget([]), 7);
  while (await run.step());
  assert.deepEqual(run.failure?.input, { text: 'yx', count: 0 });
  assert.match(run.failure.message, /AssertionError/);
  assert.equal(run.failure.seed, 7);
});

test('bytes are made small by whole bytes, lists by elements', async () => {
  const input = { bytes: '0102ff0304', list: [5, 4, 3], deep: { flag: true } };
  const small = await shrink(input, ({ bytes, list }) =>
    Promise.resolve(String(bytes).includes('ff') && (list as number[]).includes(4)),
  );
  assert.deepEqual(small, { bytes: 'ff', list: [4], deep: { flag: false } });
});

test('npm run fuzz: a clean run, and what is no option', () => {
  const fuzz = (...args: string[]) => {
    const command = ['scripts/fuzz.js', ...args];
    return spawnSync(process.execPath, command, { cwd: packageRoot, encoding: 'utf8' });
  };
  const clean = fuzz('--inputs', '30', '--target', 'redirect', '--seed', '5');
  assert.equal(clean.status, 0, clean.stderr);
  assert.match(clean.stdout, /^seed 5 .*\nredirect +30 inputs +\d+ outcomes +clean\n/);
  const unknown = fuzz('--target', 'nothing');
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /--target must be one of those that --list prints, got nothing/);
});
