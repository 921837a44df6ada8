import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { TerminalConsole } from '../../src/cli/terminal-console.ts';

/**
 * A terminal of 20 columns as far as readline uses one: text, CR, LF, cursor up and right, columns,
 * erase to the end of the screen.
 */
class Screen extends PassThrough {
  readonly isTTY = true;
  readonly columns = 20;
  rows: string[] = [''];
  #row = 0;
  #column = 0;

  constructor() {
    super();
    this.setEncoding('utf8');
    this.on('data', (text: string) => this.#show(text));
  }

  /** What is written, and where the cursor is. */
  get shown(): string {
    const rows = this.rows.map((row) => row.trimEnd());
    const row = rows[this.#row]!.padEnd(this.#column);
    rows[this.#row] = `${row.slice(0, this.#column)}_${row.slice(this.#column)}`;
    return rows.join('\n');
  }

  #show(text: string): void {
    for (const [part, count, what] of text.matchAll(/\x1b\[(\d*)(?:;\d*)?([A-Za-z])|[^]/g)) {
      if (what !== undefined) this.#control(what, Number(count || '1'), count === '');
      else if (part === '\n') this.#move(this.#row + 1);
      else if (part === '\r') this.#column = 0;
      else this.#put(part);
    }
  }

  #control(what: string, count: number, isDefault: boolean): void {
    if (what === 'A') this.#row -= count;
    if (what === 'B') this.#row += count;
    if (what === 'C') this.#column += count;
    if (what === 'D') this.#column -= count;
    if (what === 'G') this.#column = count - 1;
    if (what !== 'J' || !(isDefault || count === 0)) return;
    this.rows.length = this.#row + 1;
    this.rows[this.#row] = this.rows[this.#row]!.slice(0, this.#column);
  }

  #put(character: string): void {
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#move(this.#row + 1);
    }
    const row = this.rows[this.#row]!.padEnd(this.#column);
    this.rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column++;
  }

  /** A line feed also returns, as terminals are set up. */
  #move(row: number): void {
    this.#column = 0;
    this.#row = row;
    while (this.rows.length <= row) this.rows.push('');
  }
}

function start(t: TestContext) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const screen = new Screen();
  const log = new PassThrough();
  const said: string[] = [];
  const io = { stdin, stdout: screen, stderr: screen, prefix: () => '' };
  const console = new TerminalConsole(io, screen);
  t.after(() => console.close());
  const read = () =>
    console.read({
      async line(text) {
        said.push(text);
      },
      end: () => said.push('(end)'),
      interrupt: () => said.push('(interrupt)'),
    });
  const type = async (text: string) => {
    stdin.write(text);
    await new Promise(setImmediate);
  };
  return { console, screen, stdin, log, said, read, type };
}

test('a message is printed above the prompt, and what is typed stays', async (t) => {
  const { console, screen, read, type } = start(t);
  console.note('connected');
  read();
  await type('half');
  assert.equal(screen.shown, 'connected\n> half_');
  console.message('came in');
  console.note('a note');
  assert.equal(screen.shown, 'connected\n< came in\na note\n> half_');
});

test('a line of several rows stays whole, with the cursor within it', async (t) => {
  const { console, screen, read, type } = start(t);
  read();
  // Typed character by character, and pasted: readline keeps count of rows only for the former.
  for (const character of 'a line that is longer') await type(character);
  await type(' than the screen, for sure');
  const [...before] = screen.shown.split('\n');
  assert.equal(before.length, 3);
  console.message('one');
  console.message('two');
  assert.equal(screen.shown, ['< one', '< two', ...before].join('\n'));
});

test('a line that fills its row: the cursor is in the next one', async (t) => {
  const { console, screen, read, type } = start(t);
  read();
  for (const character of '123456789012345678') await type(character);
  console.message('came in');
  assert.equal(screen.shown, '< came in\n> 123456789012345678\n_');
});

test('lines and Ctrl+C are handed on, and Ctrl+D is the end', async (t) => {
  const { said, read, type, screen } = start(t);
  read();
  await type('one\r');
  await type('\x03');
  assert.deepEqual(said, ['one', '(interrupt)']);
  assert.equal(screen.shown, '> one\n> _');
  await type('\x04');
  assert.deepEqual(said, ['one', '(interrupt)', '(end)']);
});

test('closing erases the prompt and is not the end of the input', async (t) => {
  const { console, said, read, type, screen } = start(t);
  read();
  await type('half');
  console.close();
  console.note('closed');
  assert.equal(screen.shown, 'closed\n_');
  assert.deepEqual(said, []);
});

test('a redirected output gets no marks', (t) => {
  const { stdin, screen, log } = start(t);
  const io = { stdin, stdout: log, stderr: screen, prefix: () => '' };
  new TerminalConsole(io, screen).message('plain');
  assert.equal(String(log.read()), 'plain\n');
});
