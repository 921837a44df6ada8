/**
 * One upgrade request between its arrival and its answer.
 *
 * Spec      -
 * Next      server.ts - decides and answers
 * Left out  decisions: this keeps the socket, the deadline, and that there is one answer only
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The sockets that some server was given, whatever became of them. */
const taken = new WeakSet<Duplex>();

/** A request that is being answered, by one server and once. */
export class UpgradeAttempt {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  #ended: boolean;
  #deadline: NodeJS.Timeout | undefined;
  #onEnd: (() => void) | undefined;
  readonly #onError: () => void;

  /** Throws an Error for a socket that was given to a WebSocketServer before. */
  constructor(request: IncomingMessage, socket: Duplex) {
    if (taken.has(socket)) {
      throw new Error(
        'handleUpgrade was called more than once with the same socket; ' +
          'perhaps the server is attached and called by hand as well',
      );
    }
    taken.add(socket);
    this.request = request;
    this.socket = socket;
    this.#ended = false;
    // A reset while we decide: without a listener it would end the process.
    this.#onError = () => socket.destroy();
    socket.on('error', this.#onError);
  }

  /** Whether there is still somebody to answer. */
  get isConnected(): boolean {
    return this.socket.readable && this.socket.writable;
  }

  /** Whether it was answered, or cannot be any more. */
  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Calls `onDeadline` after so long, and `onEnd` when it ends before or the client has gone. */
  wait(timeoutMs: number, onDeadline: () => void, onEnd: () => void): void {
    this.#onEnd = onEnd;
    this.#deadline = setTimeout(onDeadline, timeoutMs);
    this.socket.once('close', () => this.end());
  }

  /** Claims the right to answer: true once, false for everybody who comes later. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#deadline);
    this.#onEnd?.();
    return true;
  }

  /** The socket has a new owner, who listens for its errors. */
  release(): void {
    this.socket.off('error', this.#onError);
  }
}
