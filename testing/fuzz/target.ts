/**
 * What a fuzz target is: inputs made from a seed, and the rules that every one of them must keep.
 *
 * Spec      -
 * Next      targets.ts - all of them; runner.ts - tries one; main.ts - the command
 * Left out  coverage of lines: what an input did is told by the target itself, see `check`
 *
 * An input is plain JSON, so that one that breaks a rule can be saved, made smaller and tried again
 * whatever its target. A field called `bytes` holds hexadecimal digits. What can only be one of a
 * few things is a number or a boolean, never a text: texts are made smaller letter by letter.
 */
import type { SeededRandom } from '../seeded-random.ts';

/** What inputs are made of. */
export type FuzzValue = string | number | boolean | readonly FuzzValue[] | FuzzInput;

/** One thing to try. */
export interface FuzzInput {
  readonly [field: string]: FuzzValue;
}

/** Something that is tried with many inputs. */
export interface FuzzTarget<Input = FuzzInput> {
  name: string;
  /** What is tried, in one line. */
  about: string;
  /**
   * The next input. `known` are those worth changing: the hand-made ones, and those that did
   * something new. The same random numbers and the same `known` make the same input.
   */
  create(random: SeededRandom, known: readonly Input[]): Input;
  /**
   * Tries an input. What it throws is a rule that was broken; what it returns tells in short what
   * happened, so that an input which did something new can be told from the others.
   */
  check(input: Input): string | Promise<string>;
}
