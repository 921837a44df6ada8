/**
 * Two connected ends in memory: a client and a server without a network, for tests.
 *
 * Spec      -
 * Next      connection.ts - takes any Duplex
 * Left out  the opening handshake: both ends begin as open
 *
 *   client --write--> [ next tick ] --push--> server       and the same the other way; a write is
 *   done once the other end has room again, so that back-pressure works as over a network
 */
import { Duplex } from 'node:stream';
import { checkConnectionOptions } from '../connection-options.ts';
import type { ConnectionOptions } from '../connection-options.ts';
import { WebSocket } from './connection.ts';

/** One end of a pipe that leads both ways. */
class PairEnd extends Duplex {
  #other: PairEnd | undefined;
  /** Ends the other end's write, once somebody has read what it wrote. */
  #readOn: (() => void) | undefined;

  /** Two ends of one pipe. */
  static createTwo(): [PairEnd, PairEnd] {
    const [one, other] = [new PairEnd(), new PairEnd()];
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  override _read(): void {
    const readOn = this.#readOn;
    this.#readOn = undefined;
    readOn?.();
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error) => void): void {
    process.nextTick(() => {
      const other = this.#other!;
      if (other.destroyed) callback(new Error('the other end of the pair is gone'));
      else if (chunk.length === 0) callback();
      else this.#handOver(chunk, callback);
    });
  }

  /** A listener of the other end that throws does not make this one wait for ever. */
  #handOver(chunk: Buffer, done: () => void): void {
    const other = this.#other!;
    let hasRoom = true;
    try {
      hasRoom = other.push(chunk);
    } finally {
      if (hasRoom) done();
      else other.#readOn = done;
    }
  }

  override _final(callback: () => void): void {
    process.nextTick(() => {
      if (!this.#other!.destroyed) this.#other!.push(null);
      callback();
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this._read();
    process.nextTick(() => {
      // As on a network: an end that is gone looks like the end of the stream.
      const other = this.#other!;
      if (!other.destroyed && !other.readableEnded && !this.writableFinished) other.push(null);
      callback(error);
    });
  }
}

/**
 * A client and a server connection that are each other's peer, both open. `options` are those of
 * both, the heartbeat is off unless they say otherwise. Throws a RangeError or TypeError for an
 * option that makes no sense.
 */
export function createPair(
  options: ConnectionOptions = {},
): [client: WebSocket, server: WebSocket] {
  checkConnectionOptions(options);
  const given = { heartbeat: false, ...options };
  const [client, server] = [new WebSocket(null, [], given), new WebSocket(null, [], given)];
  const [clientEnd, serverEnd] = PairEnd.createTwo();
  const head = Buffer.alloc(0);
  server.establish({ role: 'server', socket: serverEnd, head, protocol: '' });
  client.establish({ role: 'client', socket: clientEnd, head, protocol: '' });
  return [client, server];
}
