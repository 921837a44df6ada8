/**
 * Asking a program whether a client may connect, in each of the ways it may answer.
 *
 * Spec      RFC 6455 §4.2.2 (1) further authentication; the two forms are those of npm ws
 * Next      server.ts - asks, and does what was decided
 * Left out  how long the answer may take: upgrade-attempt.ts
 *
 *   (info) => boolean                    at once
 *   async (info) => boolean              when the promise is settled
 *   (info, done) => void                 when it calls done(verified, code, message, headers)
 *   any of them that throws or rejects   'failed'
 */
import type { IncomingMessage } from 'node:http';
import type { UpgradeRejection } from '../handshake.ts';

/** What `verifyClient` is told of a request. */
export interface VerifyClientInfo {
  /** The `Origin` header; undefined where a client is no browser. */
  origin: string | undefined;
  /** Whether the connection is encrypted. */
  secure: boolean;
  req: IncomingMessage;
}

/** The answer of a `verifyClient` with two arguments; the status of a refusal is 401 by default. */
export type VerifyClientDone = (
  verified: boolean,
  code?: number,
  message?: string,
  headers?: Readonly<Record<string, string | number>>,
) => void;

/**
 * Decides whether a client may connect: with one argument by what it returns, with two by calling
 * `done`.
 */
export type VerifyClient = (
  info: VerifyClientInfo,
  done: VerifyClientDone,
) => boolean | void | Promise<boolean | void>;

/** How it ended. */
export type Verification =
  { kind: 'verified' } | UpgradeRejection | { kind: 'failed'; error: unknown };

/**
 * Asks, and calls `settle` with each answer: the first counts. What `settle` itself throws is not
 * taken for a failure of the program's function, but passed on.
 */
export function verify(
  verifyClient: VerifyClient,
  request: IncomingMessage,
  settle: (verification: Verification) => void,
): void {
  const thrownBySettle = new Set<unknown>();
  const answer = (verification: Verification) => {
    try {
      settle(verification);
    } catch (error) {
      thrownBySettle.add(error);
      throw error;
    }
  };
  const fail = (error: unknown) => {
    if (thrownBySettle.has(error)) throw error;
    answer({ kind: 'failed', error });
  };
  // The number of arguments that were declared tells the two forms apart, as in npm ws.
  const answersLater = verifyClient.length === 2;
  const returned = (verified: unknown) => {
    if (!answersLater) answer(readAnswer(Boolean(verified)));
  };
  let result: unknown;
  try {
    result = verifyClient(infoOf(request), (...args) => answer(readAnswer(...args)));
  } catch (error) {
    return fail(error);
  }
  // DEVIATION: npm ws takes the promise of an async function for a yes. Here it is waited for.
  if (result instanceof Promise) void result.then(returned).catch(fail);
  else returned(result);
}

function infoOf(request: IncomingMessage): VerifyClientInfo {
  const { origin } = request.headers;
  return { origin, secure: 'encrypted' in request.socket, req: request };
}

function readAnswer(
  verified: boolean,
  code: number | null = 401,
  message: string | null = '',
  headers: Readonly<Record<string, string | number>> | null = {},
): Verification {
  if (verified) return { kind: 'verified' };
  const status = code ?? 401;
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    const error = new RangeError(`the code of a refusal must be 300 to 599, got ${status}`);
    return { kind: 'failed', error };
  }
  const fields = Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    kind: 'reject',
    status,
    message: String(message ?? '') || 'this client may not connect',
    headers: Object.fromEntries(fields) as Record<string, string>,
  };
}
