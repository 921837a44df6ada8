/**
 * A connection as a Duplex stream: a chunk written is a message, a message is a chunk to read.
 *
 * Spec      -; the name and the semantics are those of npm ws
 * Next      delivery.ts - the reader that is pulled; connection.ts - `send` and its callback
 * Left out  the borders of messages, which a stream of bytes does not keep: `readableObjectMode`
 *           does
 *
 *   readable   a message is read from the peer when the stream has room for it
 *   writable   a write is done when the operating system has taken the message
 */
import { Duplex, finished } from 'node:stream';
import type { DuplexOptions } from 'node:stream';
import type { MessageReader } from './delivery.ts';
import { WebSocket } from './connection.ts';

class WebSocketStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #reader: MessageReader;
  #isReading = false;
  /** The connection has failed by itself: it still has a close frame to send. */
  #hasFailed = false;

  constructor(socket: WebSocket, options: DuplexOptions) {
    super({ ...options, objectMode: false, writableObjectMode: false });
    this.#socket = socket;
    this.#reader = socket.messageReader();
    socket.once('error', (error) => {
      this.#hasFailed = true;
      this.destroy(error);
    });
  }

  override _read(): void {
    if (!this.#isReading) void this.#readMessages();
  }

  override _write(chunk: string | Buffer, _encoding: string, callback: (error?: Error) => void) {
    this.#whenOpen(() => this.#socket.send(chunk, callback));
  }

  override _final(callback: () => void): void {
    this.#whenOpen(() => {
      const transport = this.#socket._socket;
      if (transport === null || transport.writableFinished || transport.destroyed) callback();
      // A transport that breaks now never finishes.
      else finished(transport, { readable: false }, () => callback());
      this.#socket.close();
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#reader.release();
    if (this.#socket.readyState === WebSocket.CLOSED) return callback(error);
    this.#socket.once('close', () => callback(error));
    if (!this.#hasFailed) this.#socket.terminate();
  }

  #whenOpen(act: () => void): void {
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.once('open', act);
    else act();
  }

  /** Pulls until the stream is full; then `_read` is called again. */
  async #readMessages(): Promise<void> {
    this.#isReading = true;
    for (let hasRoom = true; hasRoom && !this.destroyed;) {
      const message = await this.#reader.read();
      if (this.destroyed) break;
      if (message === undefined) hasRoom = this.push(null);
      else if (this.readableObjectMode) {
        hasRoom = this.push(message.isBinary ? message.data : message.data.toString());
      } else if (message.data.length > 0) hasRoom = this.push(message.data);
    }
    this.#isReading = false;
  }
}

/**
 * Wraps a connection in a Duplex. Texts come as strings with `readableObjectMode`, else as bytes;
 * what is written goes out as binary messages. Ending the stream closes the connection, destroying
 * it terminates it; an `error` of the connection is one of the stream.
 */
export function createWebSocketStream(socket: WebSocket, options: DuplexOptions = {}): Duplex {
  return new WebSocketStream(socket, options);
}
