/**
 * Where the bytes of `barewire inspect` come from, and whether they are a capture.
 *
 * Spec      -
 * Next      capture.ts - the form of a capture; inspect.ts
 * Left out  -
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Role } from '../websocket/index.ts';
import { CaptureReader, isBareHex, isCapture } from './capture.ts';
import type { InspectSource } from './inspect-options.ts';
import { UsageError } from './usage-error.ts';

/** Bytes of a side; the side is not known for raw bytes. */
export interface Arrived {
  sender: Role | undefined;
  bytes: Buffer;
  isCapture: boolean;
}

/**
 * The bytes of a source in the order of their arrival, whatever its form. Throws a UsageError for a
 * file that cannot be read, and for a capture that is none.
 */
export async function* arrivals(
  source: InspectSource,
  role: Role | undefined,
): AsyncGenerator<Arrived, void, undefined> {
  if (source.kind === 'bytes') {
    yield { sender: role, bytes: source.bytes, isCapture: false };
    return;
  }
  const name = source.kind === 'stdin' ? 'standard input' : source.path;
  const stream = source.kind === 'stdin' ? process.stdin : createReadStream(source.path);
  let capture: CaptureReader | undefined;
  let begun = false;
  for await (const chunk of readable(stream, name)) {
    if (!begun && isBareHex(chunk)) {
      const mend = 'put > (the client) or < (the server) in front of each line';
      throw new UsageError(`${name} is hexadecimal text and does not say who sent it: ${mend}`);
    }
    // Whoever says who sent the bytes says that they are raw.
    if (!begun && role === undefined && isCapture(chunk)) capture = new CaptureReader();
    begun = true;
    if (capture === undefined) yield { sender: role, bytes: chunk, isCapture: false };
    else {
      const reader = capture;
      const found = named(name, () => reader.push(chunk.toString('latin1')));
      for (const { sender, bytes } of found) yield { sender, bytes, isCapture: true };
    }
  }
  named(name, () => capture?.end());
}

async function* readable(stream: Readable, name: string): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') throw error;
    throw new UsageError(`cannot read ${name}: ${reasons.get(code) ?? code}`, { cause: error });
  }
}

const reasons = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'it may not be read'],
]);

/** Puts the name of the source in front of what is wrong with it. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name} ${error.message}`, { cause: error });
  }
}
