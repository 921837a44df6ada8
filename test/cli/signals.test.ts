import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideSignal, echoMs } from '../../src/cli/signals.ts';
import type { SignalMeaning } from '../../src/cli/signals.ts';

interface Case {
  name: string;
  afterMs: number | undefined;
  belowNpm: boolean;
  want: SignalMeaning;
}

const cases: readonly Case[] = [
  { name: 'the first', afterMs: undefined, belowNpm: false, want: 'begin' },
  { name: 'the first below npm', afterMs: undefined, belowNpm: true, want: 'begin' },
  { name: 'a second in the same moment', afterMs: 0, belowNpm: false, want: 'at-once' },
  { name: 'the same one again through npm', afterMs: 0, belowNpm: true, want: 'echo' },
  { name: 'a late echo through npm', afterMs: echoMs - 1, belowNpm: true, want: 'echo' },
  { name: 'a second below npm', afterMs: echoMs, belowNpm: true, want: 'at-once' },
];
for (const { name, afterMs, belowNpm, want } of cases) {
  test(`a signal, ${name}: ${want}`, () => {
    const firstAtMs = afterMs === undefined ? undefined : 5000;
    assert.equal(decideSignal({ firstAtMs, nowMs: 5000 + (afterMs ?? 0), belowNpm }), want);
  });
}
