/**
 * Measures each response and writes its line of the access log.
 *
 * Spec      -
 * Next      handle-requests.ts
 * Left out  requests that became WebSockets: whoever took them over logs them
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import { serializeAccessLine } from '../access-log.ts';

/** Writes the lines for one server. */
export class RequestLog {
  readonly #write: (line: string) => void;
  /** What had been written on a connection when its last response was done. */
  readonly #bytesBefore = new WeakMap<Socket, number>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  /** Writes a line when this response is done, or its connection gone. */
  watch(request: IncomingMessage, response: ServerResponse): void {
    const { socket, method, url: target } = request;
    // Taken now: a socket that is gone has forgotten its peer.
    const remoteAddress = socket.remoteAddress;
    const time = new Date();
    const start = performance.now();
    response.once('close', () => {
      const bytes = socket.bytesWritten - (this.#bytesBefore.get(socket) ?? 0);
      this.#bytesBefore.set(socket, socket.bytesWritten);
      this.#write(
        serializeAccessLine({
          time,
          remoteAddress,
          method,
          target,
          status: response.headersSent ? response.statusCode : undefined,
          bytes,
          milliseconds: performance.now() - start,
          aborted: !response.writableFinished,
        }),
      );
    });
  }

  /** Writes a line for bytes that never became a request. */
  refused(socket: Duplex, status: number, bytes: number): void {
    this.#write(
      serializeAccessLine({
        time: new Date(),
        remoteAddress: socket instanceof Socket ? socket.remoteAddress : undefined,
        method: undefined,
        target: undefined,
        status,
        bytes,
        milliseconds: undefined,
        aborted: false,
      }),
    );
  }
}
