/**
 * The error of a client that could not connect: how far it came, what came back, what may help.
 *
 * Spec      RFC 6455 §4.1, §7.1.7 a connection that fails before it is open
 * Next      io/client.ts - where these errors end up
 * Left out  errors of an open connection: websocket-error.ts
 *
 *   dns     the name of the host is looked up
 *   tcp     the connection is made, or the socket of ws+unix: opened
 *   tls     keys are agreed on and the certificate is checked
 *   http    the request is sent and the status comes back
 *   accept  a 101 came, and is compared with what was asked for
 */
import { ProtocolError } from '../shared/index.ts';

/** How far a handshake came. */
export type HandshakePhase = 'dns' | 'tcp' | 'tls' | 'http' | 'accept';

/** The headers of a response as `node:http` tells them: names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** What is known about a handshake that failed. */
export interface HandshakeDetails {
  /** Host and port, or the path of a local socket. */
  where: string;
  phase: HandshakePhase;
  status?: number | undefined;
  headers?: ResponseHeaders | undefined;
  body?: string | undefined;
  cause?: unknown;
}

/**
 * A server that could not be reached, or did not agree to speak WebSocket. `code` is the system's
 * (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, ...) where the network failed, else one of ours. `status`
 * and `headers` are those of the response, if one came; `body` is the beginning of its body, at
 * most a KiB, if it was not a 101. `cause` is the error of Node below.
 */
export class HandshakeError extends ProtocolError {
  readonly phase: HandshakePhase;
  readonly status: number | undefined;
  readonly headers: ResponseHeaders | undefined;
  readonly body: string | undefined;

  constructor(code: string, what: string, details: HandshakeDetails) {
    const { where, phase, cause } = details;
    const message = `no handshake with ${where} (phase ${phase}): ${what}`;
    super(code, message, 'RFC 6455 §4.1', cause === undefined ? {} : { cause });
    this.phase = phase;
    this.status = details.status;
    this.headers = details.headers;
    this.body = details.body;
  }
}

/** The error for a status other than 101. */
export function unexpectedStatus(status: number, details: HandshakeDetails): HandshakeError {
  // These words are all that npm ws tells of the status, so programs look for them.
  const what = `Unexpected server response: ${status}${advise(statusAdvice.get(status))}`;
  return new HandshakeError('ERR_WS_UNEXPECTED_STATUS', what, { ...details, status });
}

/**
 * The error for what Node's sockets and HTTP client report. What the program itself threw into them
 * (its agent, its `lookup`, `request.destroy(error)`, an AbortSignal) is not from the network and
 * is given back as it is.
 */
export function networkError(error: Error, details: HandshakeDetails): Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || code === 'ABORT_ERR') return error;
  const cause = error;
  if (code.startsWith('HPE_')) {
    const what = 'expected the head of an HTTP response of at most 16 KiB, got something else';
    return new HandshakeError('ERR_WS_RESPONSE_HEAD', what, { ...details, phase: 'http', cause });
  }
  // An agent may connect long before the request sees a socket: the system call knows better.
  const phase = phaseOfSystemCall.get(syscall ?? '') ?? details.phase;
  const advice = code === 'ECONNRESET' ? resetAdvice[phase] : networkAdvice.get(code);
  return new HandshakeError(code, `${code}${advise(advice)}`, { ...details, phase, cause });
}

function advise(advice: string | undefined): string {
  return advice === undefined ? '' : `; ${advice}`;
}

const phaseOfSystemCall = new Map<string, HandshakePhase>([
  ['getaddrinfo', 'dns'],
  ['connect', 'tcp'],
]);

const redirected = 'the server points elsewhere: followRedirects follows';
const busy = 'the server takes no more connections now: try again later';

const statusAdvice = new Map([
  [200, 'there is a page and no WebSocket endpoint at this path'],
  [301, redirected],
  [302, redirected],
  [303, redirected],
  [307, redirected],
  [308, redirected],
  [401, 'the server wants credentials: auth, or an Authorization header'],
  [403, 'the server may not allow this Origin or Host: its body may say more'],
  [404, 'there is no WebSocket endpoint at this path'],
  [407, 'the proxy wants credentials: a Proxy-Authorization header'],
  [426, 'the server wants another protocol or version'],
  [429, busy],
  [503, busy],
]);

const unreachable = 'the host cannot be reached from here';
const noTls = 'the server speaks no TLS on this port: try ws: instead of wss:';
const unknownAuthority = 'pass the certificate of its authority as the option ca';

const networkAdvice = new Map([
  ['EAI_AGAIN', 'the name server did not answer: is the network up?'],
  ['ENOTFOUND', 'there is no such host: check its name'],
  ['ECONNREFUSED', 'nothing listens there: is the server running, and on this port?'],
  ['ENOENT', 'there is no socket at this path: is the server running?'],
  ['EHOSTUNREACH', unreachable],
  ['ENETUNREACH', unreachable],
  ['ETIMEDOUT', unreachable],
  ['EPROTO', noTls],
  ['ERR_SSL_WRONG_VERSION_NUMBER', noTls],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', noTls],
  ['CERT_HAS_EXPIRED', 'the certificate has expired: the server needs a new one'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet: check the clocks'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownAuthority],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownAuthority],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for other names: use one, or servername'],
]);

const resetAdvice: Partial<Record<HandshakePhase, string>> = {
  tls: 'the server ended the connection: does it speak TLS on this port?',
  http: 'the server ended the connection without an answer: is it a WebSocket server?',
};
