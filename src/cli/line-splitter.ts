/**
 * Lines out of chunks of text, however it was cut.
 *
 * Spec      -
 * Next      pipe-console.ts - reads standard input with it
 * Left out  U+2028 and U+2029, where `node:readline` splits: JSON may hold them
 */

/** Collects chunks and gives back the lines in them, without their ends (LF or CRLF). */
export class LineSplitter {
  #parts: string[] = [];

  /** The lines that end in this chunk. */
  push(chunk: string): string[] {
    const pieces = chunk.split('\n');
    const rest = pieces.pop()!;
    if (pieces.length > 0) {
      pieces[0] = this.#parts.join('') + pieces[0]!;
      this.#parts = [];
    }
    if (rest !== '') this.#parts.push(rest);
    return pieces.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  /** The last line, if it had no end. */
  end(): string | undefined {
    const rest = this.#parts.join('');
    this.#parts = [];
    return rest === '' ? undefined : rest;
  }
}
