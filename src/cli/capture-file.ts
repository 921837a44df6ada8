/**
 * What a client and a server said to each other, as a file of hexadecimal digits.
 *
 * Spec      -
 * Next      observe-socket.ts - where the bytes come from; capture.ts - reads such files
 * Left out  times: they are not part of what was said
 *
 *   # a comment
 *   > 47 45 54 20 ...       the client sent these bytes, the request of the handshake first
 *   < 48 54 54 50 ...       the server did
 *
 * The file holds the handshake with all its headers, secrets too: only its owner may read it.
 */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { Role } from '../websocket/index.ts';
import { UsageError } from './usage-error.ts';

const head = '# barewire capture: > from the client, < from the server\n';

/** A file that is being written. */
export class CaptureFile {
  readonly path: string;
  readonly #failed: (error: Error) => void;
  #file: number | undefined;

  /**
   * Makes the file. `failed` is called once when it cannot be written to any more. Throws a
   * UsageError if there is a file already, or if none can be made.
   */
  constructor(path: string, failed: (error: Error) => void) {
    this.path = path;
    this.#failed = failed;
    try {
      this.#file = openSync(path, 'wx', 0o600);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why = code === 'EEXIST' ? 'there is such a file, and it is kept' : code;
      throw new UsageError(`--capture cannot write "${path}": ${why}`, { cause: error });
    }
    this.#append(head);
  }

  /** Adds bytes that were sent. */
  write(from: Role, bytes: Uint8Array): void {
    const mark = from === 'client' ? '>' : '<';
    const digits = Buffer.from(bytes).toString('hex').replace(/../g, ' $&');
    this.#append(`${mark}${digits}\n`);
  }

  /** Ends the file. */
  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(text: string): void {
    if (this.#file === undefined) return;
    try {
      // At once, so that the file is whole whenever the program ends.
      appendFileSync(this.#file, text);
    } catch (error) {
      this.close();
      this.#failed(error as Error);
    }
  }
}
