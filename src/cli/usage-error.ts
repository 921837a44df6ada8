/**
 * The error of somebody who started a command in a way that cannot work.
 *
 * Spec      -
 * Next      main.ts - prints its message in one line and exits with 2
 * Left out  -
 */

/** What is wrong with the command line or its surroundings, and what would mend it, in one line. */
export class UsageError extends Error {
  override name = 'UsageError';
}
