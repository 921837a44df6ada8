/**
 * The desk at which upgrade requests are answered: what each is asked, and in which order.
 *
 * Spec      RFC 6455 §4.2.2
 * Next      server.ts - whose desk it is
 * Left out  every single rule: handshake.ts, connection-limits.ts, verification.ts
 *
 *   is it a proper handshake?         400, 405, 426   or the listeners of `wsClientError`
 *   are we open? is the path ours?    503, 404
 *   allowedHosts, allowedOrigins      403
 *   maxConnections, …PerAddress       503, 429
 *   verifyClient                      401 or what it says; 503 when it takes too long
 *   handleProtocols, `headers`        101
 *
 *   a function of the program threw   500             or the listeners of `wsClientError`
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { MessageDeflate } from '../deflate/message-deflate.ts';
import { acceptDeflateOffer } from '../deflate/negotiation.ts';
import { deflateOptionsOf } from '../deflate/options.ts';
import { ConnectionLimits, normalizeAddress } from '../connection-limits.ts';
import { checkUpgradeRequest, decideAdmission, decideProtocol } from '../handshake.ts';
import type { UpgradeRejection, ValidUpgrade } from '../handshake.ts';
import { UpgradeRequestError } from '../upgrade-error.ts';
import { serializeUpgradeLines, upgradeLines } from '../upgrade-response.ts';
import { WebSocket } from './connection.ts';
import { defaultHandshakeTimeoutMs } from './server-options.ts';
import type { WebSocketServerOptions } from './server-options.ts';
import { UpgradeAttempt } from './upgrade-attempt.ts';
import { refuseUpgrade } from './upgrade-listener.ts';
import { verify } from './verification.ts';

/** The server that the desk belongs to. */
export interface DeskOwner {
  readonly options: WebSocketServerOptions;
  isOpen(): boolean;
  shouldHandle(request: IncomingMessage): boolean;
  /** The lines of a 101 are about to be sent, and may be changed. */
  headers(lines: string[], request: IncomingMessage): void;
  refused(request: IncomingMessage, status: number): void;
  /** A connection that was made here has closed. */
  gone(connection: WebSocket): void;
  /** Whether somebody answers clients himself when their handshake fails… */
  takesClientErrors(): boolean;
  /** …and is given their sockets. */
  clientError(error: Error, socket: Duplex, request: IncomingMessage): void;
}

/** Told of the connection that a request led to. */
export type Connected = (connection: WebSocket, request: IncomingMessage) => void;

const shuttingDown: UpgradeRejection = refusal(503, 'the server is shutting down');

/** Answers upgrade requests for one server. */
export class UpgradeDesk {
  readonly #owner: DeskOwner;
  readonly #limits: ConnectionLimits;
  /** Those whose `verifyClient` has not answered. */
  readonly #waiting: Set<UpgradeAttempt>;

  constructor(owner: DeskOwner) {
    this.#owner = owner;
    this.#limits = new ConnectionLimits();
    this.#waiting = new Set();
  }

  /**
   * Answers a request, at once or when `verifyClient` has. Throws an Error for a socket that was
   * given to a server before, and what `connected` throws.
   */
  take(request: IncomingMessage, socket: Duplex, head: Buffer, connected: Connected): void {
    const attempt = new UpgradeAttempt(request, socket);
    this.#guard(attempt, () => {
      const upgrade = checkUpgradeRequest(request);
      if (upgrade.kind === 'reject') return this.#refuseImproper(attempt, upgrade);
      if (!attempt.isConnected) return void socket.destroy();
      const rejection = this.#admit(attempt);
      if (rejection !== undefined) return this.#refuse(attempt, rejection);
      this.#verify(attempt, () => this.#accept(attempt, upgrade, head, connected));
    });
  }

  /** Refuses all that still wait for their answer. */
  close(): void {
    for (const attempt of [...this.#waiting]) this.#refuse(attempt, shuttingDown);
  }

  #admit({ request, socket }: UpgradeAttempt): UpgradeRejection | undefined {
    const { options } = this.#owner;
    if (!this.#owner.isOpen()) return shuttingDown;
    if (!this.#owner.shouldHandle(request)) {
      return refusal(404, 'no WebSocket endpoint at this path');
    }
    const { allowedHosts, allowedOrigins } = options;
    const { localAddress } = request.socket;
    const rejection = decideAdmission(request, { allowedHosts, allowedOrigins, localAddress });
    if (rejection !== undefined) return rejection;
    const address = this.#addressOf(request);
    const entry = this.#limits.enter(address, options);
    if (entry === 'all full') return refusal(503, 'the server has as many connections as it takes');
    if (entry === 'address full') return refusal(429, 'too many connections from your address');
    // Refused, closed or cut: its socket ends, and only then its place is free.
    socket.once('close', () => this.#limits.leave(address));
    return undefined;
  }

  #addressOf(request: IncomingMessage): string | undefined {
    const { clientAddress } = this.#owner.options;
    const address: unknown = clientAddress ? clientAddress(request) : request.socket.remoteAddress;
    if (address === undefined) return undefined;
    if (typeof address === 'string') return normalizeAddress(address);
    throw new TypeError(`clientAddress must answer with a string, got ${String(address)}`);
  }

  #verify(attempt: UpgradeAttempt, accept: () => void): void {
    const { verifyClient, handshakeTimeout = defaultHandshakeTimeoutMs } = this.#owner.options;
    if (!verifyClient) return accept();
    verify(verifyClient, attempt.request, (verification) => {
      this.#guard(attempt, () => {
        const { kind } = verification;
        if (kind === 'failed' && attempt.hasEnded) warn(verification.error);
        if (attempt.hasEnded) return;
        if (kind === 'failed') throw verification.error;
        if (kind === 'verified') accept();
        else this.#refuse(attempt, verification);
      });
    });
    if (attempt.hasEnded) return;
    this.#waiting.add(attempt);
    const tooSlow = refusal(503, 'the server took too long to decide');
    attempt.wait(
      handshakeTimeout,
      () => this.#refuse(attempt, tooSlow),
      () => this.#waiting.delete(attempt),
    );
  }

  #accept(
    attempt: UpgradeAttempt,
    upgrade: ValidUpgrade,
    head: Buffer,
    connected: Connected,
  ): void {
    const { request, socket } = attempt;
    const { options } = this.#owner;
    const { handleProtocols } = options;
    const decision = decideProtocol(
      upgrade,
      handleProtocols && ((offered) => handleProtocols(new Set(offered), request)),
    );
    const deflate = deflateOptionsOf(options.perMessageDeflate, false);
    const accepted = deflate && acceptDeflateOffer(upgrade.extensions, deflate);
    const lines = upgradeLines({ ...decision, extension: accepted?.response });
    this.#owner.headers(lines, request);
    const response = serializeUpgradeLines(lines);
    const Connection = options.WebSocket ?? WebSocket;
    const connection = new Connection(null, undefined, options);
    // A function of the program may have closed the server, or the client may have gone meanwhile.
    if (!this.#owner.isOpen()) return this.#refuse(attempt, shuttingDown);
    if (!attempt.end()) return;
    if (!attempt.isConnected) return void socket.destroy();
    socket.write(response, 'latin1');
    const { protocol } = decision;
    const gone = () => this.#owner.gone(connection);
    const codec = accepted && new MessageDeflate('server', accepted.agreed, deflate);
    const extensions = accepted?.response.name;
    connection.establish({ role: 'server', socket, head, protocol, extensions, codec, gone });
    attempt.release();
    connected(connection, request);
  }

  #refuse(attempt: UpgradeAttempt, rejection: UpgradeRejection): void {
    if (attempt.hasEnded) return;
    // Before the attempt ends: a header of the program's may be none, and that is its failure.
    refuseUpgrade(attempt.socket, rejection);
    attempt.end();
    this.#owner.refused(attempt.request, rejection.status);
  }

  #refuseImproper(attempt: UpgradeAttempt, rejection: UpgradeRejection): void {
    const { message, status } = rejection;
    if (!this.#giveAway(attempt, new UpgradeRequestError(message, status))) {
      this.#refuse(attempt, rejection);
    }
  }

  #giveAway(attempt: UpgradeAttempt, error: Error): boolean {
    if (!this.#owner.takesClientErrors()) return false;
    attempt.end();
    this.#owner.clientError(error, attempt.socket, attempt.request);
    return true;
  }

  /**
   * Runs a step that may call functions of the program. What they throw concerns this client only:
   * one request must not end the process for all the others.
   */
  #guard(attempt: UpgradeAttempt, step: () => void): void {
    try {
      step();
    } catch (error) {
      // After the answer the program is on its own: what `connected` throws goes on its way.
      if (attempt.hasEnded) throw error;
      if (this.#giveAway(attempt, toError(error))) return;
      this.#refuse(attempt, refusal(500, 'the server failed'));
      warn(error);
    }
  }
}

function refusal(status: number, message: string): UpgradeRejection {
  return { kind: 'reject', status, message, headers: {} };
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('a function threw this', { cause: thrown });
}

/** Nobody listens, but it must not be lost. */
function warn(thrown: unknown): void {
  process.emitWarning(toError(thrown));
}
