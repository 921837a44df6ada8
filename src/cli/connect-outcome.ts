/**
 * How a run of `barewire connect` ended: its exit code, and what is said about it.
 *
 * Spec      RFC 6455 §7.4 close codes
 * Next      connect-session.ts - gathers what happened
 * Left out  unusable arguments, which are UsageErrors
 *
 *   0   N messages were received (--exit-after); the time was up (--timeout) and nothing more was
 *       asked for; closed with 1000 or 1001, or as we wished
 *   1   everything else, with the phase: dns, tcp, tls, http, accept (before the connection is
 *       open) or open
 */
import { CloseCode, HandshakeError, WebSocketError } from '../websocket/index.ts';

/** What happened. */
export interface RunFacts {
  /** Host and path, as it may be shown. */
  where: string;
  /** Whether there ever was an open connection. */
  wasOpen: boolean;
  received: number;
  exitAfter: number | undefined;
  /** The time that ran out, in milliseconds; undefined if it did not. */
  timedOutAfterMs: number | undefined;
  /** The code we closed with; undefined if the server began. */
  ownCloseCode: number | undefined;
  /** How the last connection closed. */
  close: { code: number; reason: string; wasClean: boolean } | undefined;
  /** The last error. */
  failure: Error | undefined;
  /** Whether we closed because the input was at its end, behind at least one message. */
  inputEnded: boolean;
}

/** What follows. `lines` are for standard error; those of a failure begin with `barewire:`. */
export interface RunOutcome {
  exitCode: 0 | 1;
  lines: readonly string[];
}

/** Decides about a run that is over. */
export function decideOutcome(facts: RunFacts): RunOutcome {
  const { where, exitAfter, received, timedOutAfterMs, close, failure } = facts;
  const closed = close === undefined ? [] : [`closed with ${describeClose(close)}`];
  if (exitAfter !== undefined && received >= exitAfter) return { exitCode: 0, lines: closed };
  if (timedOutAfterMs !== undefined) return decideTimeout(facts, timedOutAfterMs, closed);
  if (failure instanceof HandshakeError) return failed(...describeHandshakeError(failure));
  if (failure !== undefined) {
    return failed(`connection with ${where} failed (phase open): ${describeError(failure)}`);
  }
  if (close === undefined || !isNormal(close, facts.ownCloseCode)) {
    const how = close === undefined ? 'there is none' : `closed with ${describeClose(close)}`;
    return failed(`connection with ${where} ended (phase open): ${how}`);
  }
  const unanswered = facts.inputEnded && received === 0;
  const hint = 'the input ended before an answer came: --exit-after N or --timeout SECONDS wait';
  return { exitCode: 0, lines: unanswered ? [...closed, hint] : closed };
}

function decideTimeout(facts: RunFacts, timeoutMs: number, closed: string[]): RunOutcome {
  const { where, exitAfter, received, wasOpen, failure } = facts;
  const seconds = `${timeoutMs / 1000} s`;
  if (!wasOpen) {
    if (failure instanceof HandshakeError) return failed(...describeHandshakeError(failure));
    return failed(`no connection with ${where} within ${seconds}`);
  }
  if (exitAfter === undefined) return { exitCode: 0, lines: closed };
  const got = `expected ${exitAfter} messages within ${seconds}, got ${received}`;
  return failed(`connection with ${where} ended (phase open): ${got}`);
}

function failed(first: string, ...more: string[]): RunOutcome {
  return { exitCode: 1, lines: [`barewire: ${first}`, ...more] };
}

function isNormal(close: NonNullable<RunFacts['close']>, own: number | undefined): boolean {
  if (close.code === CloseCode.normal || close.code === CloseCode.goingAway) return true;
  // A server may answer our close frame with an empty one, or with the same code.
  const isAnswer = close.code === own || close.code === CloseCode.noStatusReceived;
  return own !== undefined && close.wasClean && isAnswer;
}

const names = new Map<number, string>(
  Object.entries(CloseCode).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  ]),
);

/** A close code with its name and, if there is one, its reason: `1008 (policy violation): "x"`. */
export function describeClose({ code, reason }: { code: number; reason: string }): string {
  const name = names.get(code) ?? (code >= 4000 ? 'of the application' : 'of no known name');
  const text = reason === '' ? '' : `: ${JSON.stringify(reason)}`;
  return `${code} (${name})${text}`;
}

/** An error of an open connection, with the place of the frame that broke a rule. */
export function describeError(error: Error): string {
  if (!(error instanceof WebSocketError) || error.frame === undefined) return error.message;
  return `${error.message}, at byte ${error.frame.byteOffset} behind the handshake`;
}

/**
 * What to write on the command line, where the error speaks of options of the library: for a
 * status, or for a code and a phase.
 */
const advice: readonly { when: RegExp; say: (error: HandshakeError) => string }[] = [
  {
    when: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_)/,
    say: () => '--ca FILE trusts the authority in FILE, --insecure any certificate',
  },
  {
    when: /^(CERT_|ERR_TLS_CERT_ALTNAME_INVALID )/,
    say: () => '--insecure trusts any certificate',
  },
  { when: /^401$/, say: () => "--header 'Authorization: ...' sends credentials" },
  { when: /^403$/, say: () => '--origin ORIGIN names the page that asks' },
  {
    when: /^30[12378]$/,
    say: ({ headers }) => `it points to ${String(headers?.['location'] ?? 'nowhere')}`,
  },
  { when: /^ECONNRESET http$/, say: () => 'a server that speaks TLS wants wss: instead of ws:' },
  { when: /^ERR_WS_SUBPROTOCOL /, say: () => '--subprotocol NAME offers one' },
];

/** Bytes of a refusal that are shown. */
const shownBodyLength = 200;

function describeHandshakeError(error: HandshakeError): [string, ...string[]] {
  const { code, phase, status } = error;
  const key = code === 'ERR_WS_UNEXPECTED_STATUS' ? String(status) : `${code} ${phase}`;
  const found = advice.find(({ when }) => when.test(key));
  const body = error.body?.trim().slice(0, shownBodyLength) ?? '';
  return [
    error.message,
    ...(found === undefined ? [] : [found.say(error)]),
    ...(body === '' ? [] : [`the server says: ${body}`]),
  ];
}
