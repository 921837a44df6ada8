/**
 * The page /cookies/visits: a server that knows nothing of its visitors counts their visits,
 * because each browser brings its own count along.
 *
 * Spec      -
 * Next      server.ts - reads the cookie `visit` and writes it again
 * Left out  keeping the count honest: whoever has a cookie can change it
 *
 *   the browser brings   the page says                              the browser is given
 *   nothing              Welcome for your first time here !         visit=0
 *   visit=0              You have seen this page 1 times !          visit=1
 *   visit=41             You have seen this page 42 times !         visit=42
 *   visit=many           Welcome for your first time here !         visit=0
 */

/** The count to give back, from the one that was brought. What is no count starts again at 0. */
export function countVisit(brought: string | undefined): number {
  // Nine digits are more than anybody's visits, and far from where numbers lose their last digit.
  return brought !== undefined && /^\d{1,9}$/.test(brought) ? Number(brought) + 1 : 0;
}

/** What the page says for a count. */
export function visitSentence(count: number): string {
  return count === 0
    ? 'Welcome for your first time here !'
    : `You have seen this page ${count} times !`;
}
