/**
 * Whether a client connects again, and when: a decision, without a clock.
 *
 * Spec      RFC 6455 §7.2.3 a random delay, then longer ones; §7.4.1 close codes;
 *           RFC 9110 §10.2.3 Retry-After; IANA for the close codes 1012 and 1013
 * Next      io/reconnect.ts - waits and connects
 * Left out  -
 *
 *   ceiling = min(maxDelayMs, baseDelayMs * 2^attempt)                 attempt 0 is the first
 *   wait                      0 .. ceiling          "full jitter": clients spread over all of it
 *   wait-longer               base .. 2 * ceiling, at most maxDelayMs
 *   with Retry-After          that long, at most maxDelayMs, and up to baseDelayMs more
 *
 *   1000, 1008, 4000-4999; status 400, 401, 403, 404     stop: asking again changes nothing
 *   1012, 1013; status 429, 503                          wait-longer: the server asked for it
 *   all others, and every failure of the network         wait
 */

/** How a connection ended, or why there was none. */
export type ConnectionEnd =
  | { kind: 'closed'; code: number }
  | { kind: 'refused'; status: number; retryAfterMs?: number | undefined }
  | { kind: 'failed'; code: string };

/** What follows from an end. */
export type ReconnectRule = 'stop' | 'wait' | 'wait-longer';

/** Rules in place of the default ones: by close code, status, or code of an error. */
export type ReconnectRules = Readonly<Record<string, ReconnectRule>>;

/** What the policy is told once. */
export interface ReconnectPolicy {
  /** Milliseconds. Default 1,000. */
  baseDelayMs?: number;
  /** Milliseconds. Default 30,000. */
  maxDelayMs?: number;
  rules?: ReconnectRules;
}

/** What to do now. */
export type ReconnectDecision =
  { kind: 'wait'; delayMs: number } | { kind: 'stop'; reason: string };

/** What holds unless an option says otherwise. */
export const reconnectDefaults = {
  baseDelayMs: 1_000,
  maxDelayMs: 30_000,
  /** Milliseconds after which a connection counts as good, and the attempts from 0 again. */
  stableAfterMs: 10_000,
} as const;

const stopStatuses = new Set([400, 401, 403, 404]);
const busyCodes = new Set([1012, 1013, 429, 503]);

/**
 * Decides after the end of a connection or of an attempt. `attempt` counts those since the last
 * good connection from 0; `random` is in [0, 1). Throws a TypeError for a rule that is none.
 */
export function decideReconnect(
  end: ConnectionEnd,
  attempt: number,
  random: number,
  policy: ReconnectPolicy = {},
): ReconnectDecision {
  const rule = ruleFor(end, policy.rules);
  if (rule === 'stop') return { kind: 'stop', reason: describe(end) };
  const { baseDelayMs = reconnectDefaults.baseDelayMs } = policy;
  const { maxDelayMs = reconnectDefaults.maxDelayMs } = policy;
  // 2^1023 is the last power that is a number, and far beyond any delay.
  const ceiling = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(attempt, 1023));
  const asked = end.kind === 'refused' ? end.retryAfterMs : undefined;
  if (asked !== undefined) return wait(Math.min(maxDelayMs, asked) + random * baseDelayMs);
  if (rule === 'wait') return wait(random * ceiling);
  const least = Math.min(baseDelayMs, maxDelayMs);
  return wait(least + random * (Math.min(maxDelayMs, 2 * ceiling) - least));
}

function wait(delayMs: number): ReconnectDecision {
  return { kind: 'wait', delayMs: Math.round(delayMs) };
}

function ruleFor(end: ConnectionEnd, rules: ReconnectRules = {}): ReconnectRule {
  const code = codeOf(end);
  if (Object.hasOwn(rules, code)) return checkRule(code, rules[code]);
  if (end.kind === 'failed') return 'wait';
  if (busyCodes.has(Number(code))) return 'wait-longer';
  if (end.kind === 'refused') return stopStatuses.has(end.status) ? 'stop' : 'wait';
  const isFinal = end.code === 1000 || end.code === 1008 || (end.code >= 4000 && end.code <= 4999);
  return isFinal ? 'stop' : 'wait';
}

function checkRule(code: string, rule: ReconnectRule | undefined): ReconnectRule {
  if (rule === 'stop' || rule === 'wait' || rule === 'wait-longer') return rule;
  throw new TypeError(`rules[${code}] must be stop, wait or wait-longer, got ${String(rule)}`);
}

/** Checks what a program gives. Throws a TypeError or RangeError for what could not be heeded. */
export function checkReconnectPolicy(policy: ReconnectPolicy & { stableAfterMs?: number }): void {
  for (const name of ['baseDelayMs', 'maxDelayMs', 'stableAfterMs'] as const) {
    const value = policy[name];
    // What timers of Node can wait for: more would be no time at all.
    if (value === undefined || (value >= 0 && value < 2 ** 30)) continue;
    throw new RangeError(`${name} must be a number from 0 to 2^30, got ${String(value)}`);
  }
  for (const [code, rule] of Object.entries(policy.rules ?? {})) checkRule(code, rule);
}

/** The close code, status or code of an error, as text. */
export function codeOf(end: ConnectionEnd): string {
  return String(end.kind === 'refused' ? end.status : end.code);
}

function describe(end: ConnectionEnd): string {
  if (end.kind === 'closed') return `the connection was closed with ${end.code}`;
  if (end.kind === 'refused') return `the server refused the handshake with status ${end.status}`;
  return `the attempt failed with ${end.code}`;
}

/**
 * Reads a `Retry-After` header (RFC 9110 §10.2.3), as milliseconds from `nowMs` on; undefined if it
 * is neither a number of seconds nor a date as HTTP writes them.
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  // delay-seconds = 1*DIGIT
  if (/^[0-9]{1,10}$/.test(value)) return Number(value) * 1000;
  // Sun, 06 Nov 1994 08:49:37 GMT
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value)) return undefined;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
