/**
 * A connection as it was captured, judged while it is read: handshake, frames, closing.
 *
 * Spec      RFC 6455 §4 handshake, §5 frames, §7.1 closing
 * Next      inspect-text.ts, inspect-json.ts - say it; ../websocket/trace-stream.ts - reads a side
 * Left out  inflating, which takes time: `inflateOf` tells who does it
 *
 *   bytes of a side --> head of HTTP, if they begin with a letter --> frames --> rest
 *
 * Offsets count the bytes of one side since the handshake.
 */
import { StreamTracer } from '../websocket/index.ts';
import type { FrameTrace, Role, StreamRest, TracedMessage } from '../websocket/index.ts';
import { explainRequest, explainResponse } from './captured-handshake.ts';
import type { HandshakeReport } from './captured-handshake.ts';
import type { HttpHead } from './http-head.ts';
import type { AgreedExtensions, Inflate, ReadExtensions } from './inspect-deflate.ts';

/** Something that was found. */
export type Finding =
  | { kind: 'handshake'; report: HandshakeReport }
  | { kind: 'frame'; number: number; trace: FrameTrace; message: TracedMessage | undefined }
  | { kind: 'closed'; by: Role; both: boolean }
  | { kind: 'rest'; sender: Role | undefined; rest: StreamRest }
  | { kind: 'body'; bytes: number };

/** What a whole inspection comes to. */
export interface Summary {
  frames: number;
  messages: number;
  bytes: number;
  /** Who has sent a close frame. */
  closed: Record<Role, boolean>;
  /** Sides whose last message has not ended. */
  unfinished: Role[];
  problems: Problem[];
}

/** A broken rule, or `INCOMPLETE` bytes. */
export interface Problem {
  sender: Role | undefined;
  code: string;
  /** Since the handshake of that side; absent for the handshake itself. */
  byteOffset: number | undefined;
}

/** How an inspection is set up. */
export interface InspectionOptions {
  readExtensions?: ReadExtensions;
}

type Mode = 'begin' | 'head' | 'frames' | 'body';

interface Side {
  tracer: StreamTracer;
  mode: Mode;
  head: Buffer;
  bodyBytes: number;
}

const maxHeadBytes = 16 * 1024;

/** Reads the bytes of both sides, or of one. */
export class Inspection {
  readonly #readExtensions: ReadExtensions | undefined;
  readonly #sides = new Map<Role | undefined, Side>();
  readonly #problems: Problem[] = [];
  #request: HttpHead | undefined;
  #extensions: AgreedExtensions | undefined;
  #frames = 0;
  #messages = 0;
  #bytes = 0;

  constructor(options: InspectionOptions = {}) {
    this.#readExtensions = options.readExtensions;
  }

  /** Takes bytes of a side; of a side without a name if the capture has but one. */
  push(sender: Role | undefined, bytes: Buffer): Finding[] {
    let side = this.#sides.get(sender);
    if (side === undefined) {
      const extensionBits = this.#extensions?.extensionBits ?? 0;
      const tracer = new StreamTracer({ sender, extensionBits });
      side = { tracer, mode: 'begin', head: Buffer.alloc(0), bodyBytes: 0 };
      this.#sides.set(sender, side);
    }
    this.#bytes += bytes.length;
    if (side.mode === 'begin' && bytes.length > 0) {
      side.mode = beginsHead(bytes[0]!) ? 'head' : 'frames';
    }
    if (side.mode === 'head') return this.#readHead(side, bytes);
    if (side.mode === 'frames') return this.#readFrames(side, bytes);
    side.bodyBytes += bytes.length;
    return [];
  }

  /** What is left at the end of the capture. */
  end(): Finding[] {
    return [...this.#sides.values()].flatMap((side) => this.#endOf(side));
  }

  /** Who inflates the messages of a side, if the handshake agreed on that. */
  inflateOf(sender: Role | undefined): Inflate | undefined {
    return sender === undefined ? undefined : this.#extensions?.inflate[sender];
  }

  /** Notes a rule that turned out to be broken after a message was inflated. */
  report(problem: Problem): void {
    this.#problems.push(problem);
  }

  get summary(): Summary {
    const sides = [...this.#sides.values()];
    const closed = (role: Role) =>
      sides.some(({ tracer }) => tracer.sender === role && tracer.closed);
    return {
      frames: this.#frames,
      messages: this.#messages,
      bytes: this.#bytes,
      closed: { client: closed('client'), server: closed('server') },
      unfinished: sides
        .filter(({ tracer }) => !tracer.failed && tracer.unfinishedMessage !== undefined)
        .map(({ tracer }) => tracer.sender!),
      problems: this.#problems,
    };
  }

  #readHead(side: Side, bytes: Buffer): Finding[] {
    // The end may lie across two pieces; what came before was searched already.
    const from = Math.max(0, side.head.length - 3);
    side.head = Buffer.concat([side.head, bytes]);
    const end = side.head.indexOf('\r\n\r\n', from);
    if (end < 0 && side.head.length <= maxHeadBytes) return [];
    const head = side.head.subarray(0, end < 0 ? side.head.length : end + 4);
    const rest = side.head.subarray(head.length);
    side.head = Buffer.alloc(0);
    const report = this.#explain(side, head);
    const isBody = report.verdict.kind === 'refused' || report.head === undefined;
    side.mode = isBody ? 'body' : 'frames';
    const findings: Finding[] = [{ kind: 'handshake', report }];
    if (rest.length === 0) return findings;
    if (side.mode === 'frames') return [...findings, ...this.#readFrames(side, rest)];
    side.bodyBytes += rest.length;
    return findings;
  }

  #explain({ tracer }: Side, head: Buffer): HandshakeReport {
    const sender =
      tracer.sender ?? (head.toString('latin1', 0, 5) === 'HTTP/' ? 'server' : 'client');
    tracer.sender = sender;
    const report =
      sender === 'client' ? explainRequest(head) : explainResponse(head, this.#request);
    if (sender === 'client') this.#request = report.head;
    else this.#agree(report);
    const { verdict } = report;
    if (verdict.kind === 'broken')
      this.report({ sender, code: verdict.code, byteOffset: undefined });
    return report;
  }

  #agree({ head }: HandshakeReport): void {
    this.#extensions = this.#readExtensions?.(head?.headers['sec-websocket-extensions']);
    const extensionBits = this.#extensions?.extensionBits ?? 0;
    for (const { tracer } of this.#sides.values()) tracer.extensionBits = extensionBits;
  }

  #readFrames({ tracer }: Side, bytes: Buffer): Finding[] {
    const wasClosed = tracer.closed;
    const findings = tracer.push(bytes).map(({ trace, message }) => this.#frame(trace, message));
    const by = tracer.sender;
    if (!tracer.closed || wasClosed || by === undefined) return findings;
    const { client, server } = this.summary.closed;
    return [...findings, { kind: 'closed', by, both: client && server }];
  }

  #frame(trace: FrameTrace, message: TracedMessage | undefined): Finding {
    const { verdict, sender } = trace;
    this.#frames++;
    if (message !== undefined) this.#messages++;
    if (verdict.kind === 'broken') {
      this.report({ sender, code: verdict.code, byteOffset: verdict.byteOffset });
    } else if (verdict.kind === 'incomplete') {
      const byteOffset = trace.byteOffset + trace.bytesRead;
      this.report({ sender, code: 'INCOMPLETE', byteOffset });
    }
    return { kind: 'frame', number: this.#frames, trace, message };
  }

  #endOf({ tracer, head, bodyBytes }: Side): Finding[] {
    const { sender, rest } = tracer;
    if (head.length > 0) {
      const report = this.#unfinishedHead(tracer, head);
      return [{ kind: 'handshake', report }];
    }
    if (bodyBytes > 0) return [{ kind: 'body', bytes: bodyBytes }];
    const unfinished = tracer.unfinishedFrame();
    if (unfinished !== undefined) return [this.#frame(unfinished, undefined)];
    if (rest === undefined) return [];
    const { rule } = rest;
    if (rule !== undefined) this.report({ sender, code: rule.code, byteOffset: rule.byteOffset });
    return [{ kind: 'rest', sender, rest }];
  }

  #unfinishedHead({ sender = 'client' }: StreamTracer, head: Buffer): HandshakeReport {
    this.report({ sender, code: 'INCOMPLETE', byteOffset: undefined });
    const texts = head.toString('latin1').split('\r\n');
    const lines = texts.map((text) => ({ text, meaning: '', section: '' }));
    const verdict = { kind: 'incomplete' } as const;
    return { sender, bytes: head.length, lines, verdict, head: undefined };
  }
}

/**
 * Whether a side begins with HTTP: a letter from C on. Frames may begin with A and B, the first
 * fragment of a compressed message; the others are no valid frame.
 */
function beginsHead(first: number): boolean {
  return first >= 0x43 && first <= 0x5a;
}
