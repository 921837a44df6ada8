/**
 * The console of a program in a pipe: messages on standard output, everything else on standard
 * error, lines from standard input.
 *
 * Spec      -
 * Next      terminal-console.ts - the same for a person; connect-session.ts - who uses them
 * Left out  -
 */
import type { Readable, Writable } from 'node:stream';
import { LineSplitter } from './line-splitter.ts';

/** The three streams of a process, and what stands in front of each line. */
export interface StandardStreams {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Asked for each line: the time and a space, or nothing. */
  prefix(): string;
}

/** Who is told what is typed or piped in. */
export interface LineReader {
  /** The next line; no other comes before the promise is resolved. */
  line(text: string): Promise<void>;
  /** There will be no more lines. */
  end(): void;
  /** Ctrl+C, where it is no signal. */
  interrupt(): void;
}

/** Where lines come from and go to. */
export interface Console {
  /** Whether a person types the lines. */
  readonly isTerminal: boolean;
  /** Prints a message; a promise if the reader of the output is slow: resolved when it has read. */
  message(line: string): Promise<void> | undefined;
  /** Prints something about the connection: one line, or several. */
  note(text: string): void;
  /** Begins to read lines. */
  read(reader: LineReader): void;
  /** Reads no more. */
  close(): void;
}

/** Writes lines; a promise if the reader is slow, resolved when it has read. */
export function writeLines(
  stream: Writable,
  prefix: string,
  text: string,
): Promise<void> | undefined {
  const lines = text.split('\n').map((line) => `${prefix}${line}\n`);
  if (stream.destroyed || stream.write(lines.join(''))) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

/** A console for programs. */
export class PipeConsole implements Console {
  readonly isTerminal = false;
  readonly #streams: StandardStreams;

  constructor(streams: StandardStreams) {
    this.#streams = streams;
  }

  message(line: string): Promise<void> | undefined {
    const { stdout, prefix } = this.#streams;
    return writeLines(stdout, prefix(), line);
  }

  note(text: string): void {
    const { stderr, prefix } = this.#streams;
    void writeLines(stderr, prefix(), text);
  }

  read(reader: LineReader): void {
    void this.#read(reader);
  }

  close(): void {
    this.#streams.stdin.destroy();
  }

  async #read(reader: LineReader): Promise<void> {
    const { stdin } = this.#streams;
    const splitter = new LineSplitter();
    stdin.setEncoding('utf8');
    try {
      for await (const chunk of stdin) {
        for (const line of splitter.push(chunk as string)) await reader.line(line);
      }
      const last = splitter.end();
      if (last !== undefined) await reader.line(last);
    } catch {
      // Closed by us, or not to be read: either way there are no more lines.
    }
    reader.end();
  }
}
