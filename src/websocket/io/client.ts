/**
 * Opens a connection to a server: a request by Node's HTTP client, and what comes back.
 *
 * Spec      RFC 6455 §4.1 the client's side
 * Next      client-request.ts - sockets and TLS; connection.ts - takes the socket over
 * Left out  rules: client-handshake.ts and redirect.ts decide
 *
 *   101       it fits: established            it does not: failed
 *   3xx       followRedirects: the next request, or failed
 *   others    the program wants to read it: unexpectedResponse; else its body's start, and failed
 */
import { randomBytes } from 'node:crypto';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { targetOf } from '../address.ts';
import type { RequestTarget } from '../address.ts';
import {
  checkProtocols,
  checkUpgradeResponse,
  ownHeaders,
  upgradeRequestHeaders,
} from '../client-handshake.ts';
import type { OwnHeaders, UpgradeRequestFields } from '../client-handshake.ts';
import { MessageDeflate } from '../deflate/message-deflate.ts';
import { deflateOptionsOf } from '../deflate/options.ts';
import { deflateName } from '../deflate/parameters.ts';
import { HandshakeError, networkError, unexpectedStatus } from '../handshake-error.ts';
import type { HandshakePhase } from '../handshake-error.ts';
import { decideRedirect } from '../redirect.ts';
import { checkClientOptions, clientDefaults } from './client-options.ts';
import type { ClientOptions } from './client-options.ts';
import { openRequest, watchPhases } from './client-request.ts';
import type { Established } from './connection.ts';
import { readStart } from './response-start.ts';

/**
 * Who waits for the outcome of `connect`: `established` or `failed` is called, and once, unless the
 * attempt is cancelled or a response was left to the program. None is called before `connect`
 * returns.
 */
export interface ClientCalls {
  /** Ends the request, which sends it, or lets the program do so. */
  finish(request: ClientRequest): void;
  /** A 101 came; it is not checked yet. */
  upgrade(response: IncomingMessage): void;
  /** A further request is about to be sent to `url`, from now on the address. */
  redirect(url: string, request: ClientRequest): void;
  /** Whether the program takes care of a response that is no 101. */
  unexpectedResponse(request: ClientRequest, response: IncomingMessage): boolean;
  established(established: Established): void;
  failed(error: Error): void;
}

/**
 * Connects; the answer is a function that gives the attempt up without a further call.
 * Throws a SyntaxError, TypeError or RangeError for what cannot be used.
 */
export function connect(
  url: URL,
  protocols: readonly string[],
  options: ClientOptions,
  calls: ClientCalls,
): () => void {
  checkClientOptions(options);
  const others = options.protocols ?? [];
  const offered = protocols.length > 0 ? protocols : typeof others === 'string' ? [others] : others;
  checkProtocols(offered);
  const attempt = new Attempt(offered, options, calls);
  attempt.ask(url, ownHeaders(url, options), options);
  return () => attempt.cancel();
}

/** One request at a time, and what belongs to it. */
class Attempt {
  readonly #protocols: readonly string[];
  readonly #options: ClientOptions;
  readonly #calls: ClientCalls;
  #timer: NodeJS.Timeout | undefined;
  #request: ClientRequest | undefined;
  #target: RequestTarget | undefined;
  #phase: HandshakePhase = 'dns';
  #followed = 0;
  #finishReading: (() => void) | undefined;
  #done = false;

  constructor(protocols: readonly string[], options: ClientOptions, calls: ClientCalls) {
    this.#protocols = protocols;
    this.#options = options;
    this.#calls = calls;
  }

  /** Makes a request, which is sent after this turn. */
  ask(url: URL, headers: OwnHeaders, options: ClientOptions): ClientRequest {
    const target = targetOf(url);
    const deflate = deflateOptionsOf(options.perMessageDeflate, true);
    const key = randomBytes(16).toString('base64');
    const sent = { key, protocols: this.#protocols, deflate };
    const request = openRequest(target, upgradeRequestHeaders(headers, sent), options);
    this.#request = request;
    this.#target = target;
    this.#startTimer();
    const isCurrent = () => !this.#done && this.#request === request;
    watchPhases(request, target, (phase) => {
      if (isCurrent()) this.#phase = phase;
    });
    request.on('error', (error) => {
      if (isCurrent()) this.#fail(networkError(error, this.#details()));
    });
    request.on('upgrade', (response, socket, head) => {
      if (isCurrent()) this.#upgraded(response, socket, head, sent);
      else socket.destroy();
    });
    request.on('response', (response) => {
      if (isCurrent()) this.#answered(url, headers, options, request, response);
    });
    process.nextTick(() => {
      if (isCurrent()) this.#calls.finish(request);
    });
    return request;
  }

  cancel(): void {
    this.#settle();
    this.#request?.destroy();
  }

  #startTimer(): void {
    const timeoutMs = this.#options.handshakeTimeout ?? clientDefaults.handshakeTimeoutMs;
    if (timeoutMs === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      // A refusal whose body takes its time is a refusal all the same.
      if (this.#finishReading !== undefined) return this.#finishReading();
      const what = `expected an answer within ${timeoutMs} ms, got none`;
      this.#fail(new HandshakeError('ERR_WS_HANDSHAKE_TIMEOUT', what, this.#details()));
    }, timeoutMs);
  }

  #upgraded(
    response: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    sent: UpgradeRequestFields,
  ): void {
    // Whoever closes from a listener must not leave the socket behind, nor its errors.
    const ignore = () => {};
    socket.on('error', ignore);
    this.#phase = 'accept';
    this.#calls.upgrade(response);
    if (this.#done) return void socket.destroy();
    const agreement = checkUpgradeResponse(response, sent);
    if (agreement.kind === 'refused') {
      socket.destroy();
      return this.#refuse(agreement, response);
    }
    this.#settle();
    socket.off('error', ignore);
    const { generateMask } = this.#options;
    const { protocol, deflate } = agreement;
    const codec = deflate && new MessageDeflate('client', deflate, sent.deflate ?? {});
    const extensions = codec && deflateName;
    const established = { socket, head, protocol, extensions, codec, generateMask };
    this.#calls.established({ role: 'client', ...established });
  }

  #answered(
    url: URL,
    headers: OwnHeaders,
    options: ClientOptions,
    request: ClientRequest,
    response: IncomingMessage,
  ): void {
    // A response that breaks off is no error of its own: its reader sees it end.
    response.on('error', () => {});
    const status = response.statusCode ?? 0;
    if (this.#options.followRedirects) {
      const { location } = response.headers;
      const maxRedirects = this.#options.maxRedirects ?? clientDefaults.maxRedirects;
      const followed = this.#followed;
      const from = { url, status, location, followed, maxRedirects, headers };
      const decision = decideRedirect(from);
      if (decision.kind === 'refuse') return this.#refuse(decision, response);
      if (decision.kind === 'follow') {
        return this.#follow(decision, decision.same ? options : withoutSecrets(options));
      }
    }
    if (this.#calls.unexpectedResponse(request, response)) {
      // From here on the program decides; what is left to us is to bound the time.
      request.once('close', () => clearTimeout(this.#timer));
      return;
    }
    if (this.#done) return;
    if (status === 101) {
      // Node takes it for a response and not for an upgrade when one of the two headers is missing.
      const agreement = checkUpgradeResponse(response, { key: '', protocols: [] });
      if (agreement.kind === 'refused') return this.#refuse(agreement, response);
    }
    this.#finishReading = readStart(response, clientDefaults.errorBodyBytes, (body) => {
      if (this.#done) return;
      this.#fail(unexpectedStatus(status, { ...this.#details(), headers: response.headers, body }));
    });
  }

  #follow(decision: { url: URL; headers: OwnHeaders }, options: ClientOptions): void {
    const before = this.#request;
    let request: ClientRequest;
    try {
      request = this.ask(decision.url, decision.headers, options);
    } catch (error) {
      // An agent for the other scheme, say: the server chose it, so it must not throw from here.
      return this.#fail(error as Error);
    }
    this.#followed++;
    before?.destroy();
    this.#calls.redirect(decision.url.href, request);
  }

  #refuse(reason: { code: string; message: string }, response: IncomingMessage): void {
    const { statusCode: status, headers } = response;
    const phase = status === 101 ? 'accept' : 'http';
    const details = { ...this.#details(), phase, status, headers } as const;
    this.#fail(new HandshakeError(reason.code, reason.message, details));
  }

  #details(): { where: string; phase: HandshakePhase } {
    return { where: this.#target?.where ?? '', phase: this.#phase };
  }

  #fail(error: Error): void {
    this.cancel();
    this.#calls.failed(error);
  }

  #settle(): void {
    this.#done = true;
    clearTimeout(this.#timer);
  }
}

/** Who we are is told only to the server that the program chose, as is the name it goes by. */
function withoutSecrets(options: ClientOptions): ClientOptions {
  const { cert: _1, key: _2, pfx: _3, passphrase: _4, servername: _5, ...rest } = options;
  return rest;
}
