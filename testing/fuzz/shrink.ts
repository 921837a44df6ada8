/**
 * Makes an input that breaks a rule as small as it can be and still break it.
 *
 * Spec      -
 * Next      runner.ts - shrinks what it found before it is saved
 * Left out  the smallest of all: each step only leaves out, halves or simplifies one thing
 */
import type { FuzzInput, FuzzValue } from './target.ts';

/** Tries each smaller input in turn, from the smallest; goes on from the first that still fails. */
export async function shrink(
  input: FuzzInput,
  stillFails: (smaller: FuzzInput) => Promise<boolean>,
  maxTries = 2000,
): Promise<FuzzInput> {
  let smallest = input;
  let tries = 0;
  for (let found = true; found && tries < maxTries;) {
    found = false;
    for (const candidate of smallerObjects(smallest)) {
      if (++tries > maxTries) break;
      if (!(await stillFails(candidate))) continue;
      smallest = candidate;
      found = true;
      break;
    }
  }
  return smallest;
}

function* smallerObjects(input: FuzzInput): Generator<FuzzInput> {
  for (const [field, value] of Object.entries(input)) {
    for (const smaller of smallerValues(value, field)) yield { ...input, [field]: smaller };
  }
}

function* smallerValues(value: FuzzValue, field: string): Generator<FuzzValue> {
  if (typeof value === 'boolean') {
    if (value) yield false;
  } else if (typeof value === 'number') {
    for (const next of new Set([0, 1, Math.trunc(value / 2), value - 1])) {
      if (next >= 0 && next < value) yield next;
    }
  } else if (typeof value === 'string') {
    yield* smallerTexts(value, field === 'bytes' ? 2 : 1, field === 'bytes' ? '00' : 'a');
  } else if (isList(value)) {
    for (const [start, end] of ranges(value.length)) {
      yield [...value.slice(0, start), ...value.slice(end)];
    }
    for (const [at, element] of value.entries()) {
      for (const smaller of smallerValues(element, field)) {
        yield [...value.slice(0, at), smaller, ...value.slice(at + 1)];
      }
    }
  } else {
    yield* smallerObjects(value);
  }
}

function isList(value: FuzzValue): value is readonly FuzzValue[] {
  return Array.isArray(value);
}

/** Shorter texts first, then those with a unit that is plainer; a unit is one byte or letter. */
function* smallerTexts(text: string, unit: number, plain: string): Generator<string> {
  for (const [start, end] of ranges(text.length / unit)) {
    yield text.slice(0, start * unit) + text.slice(end * unit);
  }
  for (let at = 0; at < text.length && text.length <= 200; at += unit) {
    const after = at + unit;
    if (text.slice(at, after) > plain) yield text.slice(0, at) + plain + text.slice(after);
  }
}

/** What may be left out: all, each half, each quarter, ... each single one. */
function* ranges(length: number): Generator<[start: number, end: number]> {
  for (let size = length; size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < length; start += size) {
      yield [start, Math.min(start + size, length)];
    }
  }
}
