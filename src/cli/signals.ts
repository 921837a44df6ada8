/**
 * What a signal means to a command that runs until it is told to stop.
 *
 * Spec      -
 * Next      serve.ts - hears the signals
 * Left out  signals that end a process without asking it
 *
 *   Ctrl+C --> terminal --> npm, and the program below it     each gets a SIGINT of its own;
 *              npm -------> the program                       npm then passes its own on
 *
 * So below `npm start` one Ctrl+C arrives twice where npm's shell has made room for the program
 * (bash does, dash does not), and the second one would look like somebody in a hurry.
 */

/** How much later than the first signal its echo through npm may come. */
export const echoMs = 250;

/** Begin to end, end at once, or nothing: it is the echo of the first one. */
export type SignalMeaning = 'begin' | 'at-once' | 'echo';

/**
 * Decides about a signal. `firstAtMs` and `nowMs` are readings of one clock that never goes back;
 * `firstAtMs` is undefined for the first signal. `belowNpm` says whether `npm start` passes
 * signals on.
 */
export function decideSignal(signal: {
  firstAtMs: number | undefined;
  nowMs: number;
  belowNpm: boolean;
}): SignalMeaning {
  const { firstAtMs, nowMs, belowNpm } = signal;
  if (firstAtMs === undefined) return 'begin';
  return belowNpm && nowMs - firstAtMs < echoMs ? 'echo' : 'at-once';
}
