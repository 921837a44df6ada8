/**
 * The console of a person: a prompt that stays whole while messages come in above it.
 *
 * Spec      ECMA-48 by node:readline: cursor up, erase to the end of the screen
 * Next      pipe-console.ts - the same for programs; connect-session.ts - who uses them
 * Left out  colours
 *
 *   before        > half a li_            the line may go over several rows of the screen
 *   a message     < what came             the rows are erased, the message is printed there,
 *                 > half a li_            and the prompt below it again, with its cursor
 */
import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline';
import type { Interface as ReadlineInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { writeLines } from './pipe-console.ts';
import type { Console, LineReader, StandardStreams } from './pipe-console.ts';

/** The cursor may be set, which its type does not say. */
type Prompt = Omit<ReadlineInterface, 'cursor'> & { cursor: number };

/** A console on a terminal; `screen` is the stream that shows the prompt. */
export class TerminalConsole implements Console {
  readonly isTerminal = true;
  readonly #streams: StandardStreams;
  readonly #screen: Writable;
  #prompt: Prompt | undefined;

  constructor(streams: StandardStreams, screen: Writable) {
    this.#streams = streams;
    this.#screen = screen;
  }

  message(line: string): Promise<void> | undefined {
    const { stdout, prefix } = this.#streams;
    // Marked only where it stands between the lines that were typed.
    const mark = stdout === this.#screen ? '< ' : '';
    return this.#aboveThePrompt(() => writeLines(stdout, prefix() + mark, line));
  }

  note(text: string): void {
    const { stderr, prefix } = this.#streams;
    void this.#aboveThePrompt(() => writeLines(stderr, prefix(), text));
  }

  read(reader: LineReader): void {
    const prompt = createInterface({
      input: this.#streams.stdin,
      output: this.#screen,
      terminal: true,
      prompt: '> ',
    });
    this.#prompt = prompt;
    prompt.on('line', (line) => {
      void reader.line(line).then(() => this.#prompt?.prompt(true));
    });
    prompt.on('SIGINT', () => reader.interrupt());
    prompt.on('close', () => {
      if (this.#prompt === undefined) return;
      // Ctrl+D leaves the cursor behind the prompt.
      this.#prompt = undefined;
      this.#screen.write('\n');
      reader.end();
    });
    prompt.prompt();
  }

  close(): void {
    const prompt = this.#prompt;
    this.#prompt = undefined;
    if (prompt !== undefined) {
      this.#erase(prompt);
      prompt.close();
    }
    this.#streams.stdin.destroy();
  }

  #aboveThePrompt<T>(print: () => T): T {
    const prompt = this.#prompt;
    if (prompt === undefined) return print();
    this.#erase(prompt);
    const printed = print();
    this.#draw(prompt);
    return printed;
  }

  /** Erases the line that is being typed. */
  #erase(prompt: Prompt): void {
    moveCursor(this.#screen, 0, -prompt.getCursorPos().rows);
    cursorTo(this.#screen, 0);
    clearScreenDown(this.#screen);
  }

  /**
   * Draws it again, as it was. `prompt.prompt(true)` would begin as many rows further up as
   * readline believes that the line had, which is wrong after several rows were pasted.
   */
  #draw(prompt: Prompt): void {
    const at = prompt.getCursorPos();
    const { cursor, line } = prompt;
    prompt.cursor = line.length;
    const end = prompt.getCursorPos();
    prompt.cursor = cursor;
    // A line that fills its row: only the next character would move the cursor below it.
    this.#screen.write(prompt.getPrompt() + line + (end.cols === 0 ? ' ' : ''));
    cursorTo(this.#screen, at.cols);
    moveCursor(this.#screen, 0, at.rows - end.rows);
  }
}
