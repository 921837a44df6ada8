/**
 * Everything that goes over a connection, explained: the handshake line by line, then the frames.
 *
 * Spec      RFC 6455 §4 the handshake, §5.2 frames; RFC 9112 §2.1 a head ends with an empty line
 * Next      observe-socket.ts - where the bytes come from; ../websocket/trace-stream.ts - frames
 * Left out  inflating; the body of a refusal, which its error tells
 *
 *   > GET /chat HTTP/1.1               from the client
 *   < HTTP/1.1 101 Switching Protocols from the server
 *   byte 0: text frame from a client, 11 bytes
 *     ...
 */
import { escapeControls, formatTrace, StreamTracer } from '../websocket/index.ts';
import type { Sender } from './observe-socket.ts';

/** Bytes of a head that are waited for; Node takes no longer one. */
const maxHeadBytes = 64 * 1024;

/** RSV1 belongs to permessage-deflate (RFC 7692 §6). */
const deflateBits = 0b0100_0000;

/** Traces one connection; `print` is given one or more lines at a time, without controls. */
export class WireTrace {
  readonly #print: (text: string) => void;
  readonly #heads: Record<Sender, string> = { client: '', server: '' };
  /** What a side is sending. */
  readonly #phases: Record<Sender, 'head' | 'frames' | 'other'> = {
    client: 'head',
    server: 'head',
  };
  readonly #tracers: Record<Sender, StreamTracer> = {
    client: new StreamTracer({ sender: 'client' }),
    server: new StreamTracer({ sender: 'server' }),
  };

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Takes what was sent next, in any split. */
  push(from: Sender, bytes: Buffer): void {
    const frames = this.#phases[from] === 'head' ? this.#pushHead(from, bytes) : bytes;
    if (this.#phases[from] !== 'frames' || frames.length === 0) return;
    for (const { trace } of this.#tracers[from].push(frames)) this.#print(lines(trace));
  }

  /** The connection is gone: tells what was not whole. */
  end(): void {
    for (const from of ['client', 'server'] as const) {
      const tracer = this.#tracers[from];
      const unfinished = tracer.unfinishedFrame();
      if (unfinished !== undefined) this.#print(lines(unfinished));
      const { rest } = tracer;
      if (rest !== undefined) {
        this.#print(`byte ${rest.byteOffset}: ${rest.bytes} more bytes from the ${from}, not read`);
      }
    }
  }

  /** Gathers a head; gives back what follows it. */
  #pushHead(from: Sender, bytes: Buffer): Buffer {
    const before = this.#heads[from];
    const all = before + bytes.toString('latin1');
    this.#heads[from] = all;
    const end = all.indexOf('\r\n\r\n', Math.max(0, before.length - 3));
    if (end === -1) {
      if (all.length > maxHeadBytes) this.#phases[from] = 'other';
      return Buffer.alloc(0);
    }
    const head = all.slice(0, end);
    const mark = from === 'client' ? '>' : '<';
    this.#print(
      head
        .split('\r\n')
        .map((line) => `${mark} ${escapeControls(line)}`)
        .join('\n'),
    );
    this.#phases[from] =
      from === 'client' || /^HTTP\/1\.1 101 /.test(`${head} `) ? 'frames' : 'other';
    if (from === 'server') this.#readExtensions(head);
    return bytes.subarray(end + 4 - before.length);
  }

  #readExtensions(head: string): void {
    if (!/^sec-websocket-extensions:.*permessage-deflate/im.test(head)) return;
    for (const tracer of Object.values(this.#tracers)) tracer.extensionBits = deflateBits;
  }
}

function lines(trace: Parameters<typeof formatTrace>[0]): string {
  return formatTrace(trace).trimEnd();
}
