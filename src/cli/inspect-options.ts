/**
 * The arguments of `barewire inspect`: read, checked, and explained.
 *
 * Spec      -
 * Next      inspect.ts
 * Left out  -
 */
import { parseArgs } from 'node:util';
import type { Role } from '../websocket/index.ts';
import { UsageError } from './usage-error.ts';

/** What `barewire inspect --help` prints. */
export const inspectHelp = `barewire inspect - WebSocket frames, explained bit by bit

Usage: barewire inspect [OPTIONS] HEX... | FILE | -

  HEX...   bytes in hexadecimal, with or without spaces: 81 05 48656c6c6f
  FILE     a capture, or raw bytes that one side sent; write ./abc for a file whose name is
           hexadecimal
  -        the same on standard input

A capture is text with lines "> HEX" from the client and "< HEX" from the server, from the handshake
on or without it. What is behind "#" is a comment.

Options
  --role client|server   who sent the raw bytes; default: as the mask bit of the first frame tells
  --json                 an object for each frame, one a line
  --help                 print this text

Exit code: 0 all is valid, 1 a rule is broken or bytes are missing, 2 nothing could be read.
`;

/** Where the bytes come from. */
export type InspectSource =
  { kind: 'bytes'; bytes: Buffer } | { kind: 'file'; path: string } | { kind: 'stdin' };

/** The arguments of `inspect`, checked; `source` is absent with `help` only. */
export interface InspectOptions {
  help: boolean;
  json: boolean;
  role: Role | undefined;
  source: InspectSource | undefined;
}

/** Reads the arguments behind `inspect`. Throws a UsageError that names what is wrong. */
export function parseInspectOptions(args: readonly string[]): InspectOptions {
  const { values, positionals } = parse(args);
  const { help = false, json = false, role } = values;
  if (role !== undefined && role !== 'client' && role !== 'server') {
    throw new UsageError(`--role must be client or server, got "${role}"`);
  }
  const source = help && positionals.length === 0 ? undefined : parseSource(positionals);
  return { help, json, role, source };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        role: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Node's first sentence names the option; what follows is about the conventions of parseArgs.
    const sentence = /^[^.\n]*/.exec((error as Error).message)?.[0] ?? 'unusable arguments';
    throw new UsageError(`${sentence}; try barewire inspect --help`, { cause: error });
  }
}

function parseSource(positionals: readonly string[]): InspectSource {
  const [first] = positionals;
  if (first === undefined) {
    throw new UsageError('bytes or a file are missing; try barewire inspect --help');
  }
  const words = positionals.flatMap((text) => text.split(/\s+/)).filter((word) => word !== '');
  if (words.length > 0 && words.every((word) => /^[0-9a-f]+$/i.test(word))) {
    const odd = words.find((word) => word.length % 2 === 1);
    if (odd !== undefined) throw new UsageError(`a byte has two digits, got "${odd}"`);
    return { kind: 'bytes', bytes: Buffer.from(words.join(''), 'hex') };
  }
  const second = positionals[1];
  if (second !== undefined) {
    const isFile = (text: string) => !/^[0-9a-f\s]+$/i.test(text);
    const odd = positionals.find(isFile);
    throw new UsageError(`expected bytes in hexadecimal or one file, got "${odd}" among others`);
  }
  if (first === '') throw new UsageError('the name of a file must not be empty');
  return first === '-' ? { kind: 'stdin' } : { kind: 'file', path: first };
}
