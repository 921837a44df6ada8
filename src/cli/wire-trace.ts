/**
 * Everything that goes over a connection, explained as it goes.
 *
 * Spec      RFC 6455 §4 the handshake, §5.2 frames
 * Next      observe-socket.ts - where the bytes come from; inspection.ts - what is found in them
 * Left out  inflating: the message itself is printed in clear
 */
import type { Role } from '../websocket/index.ts';
import { readExtensions } from './inspect-deflate.ts';
import { formatFinding } from './inspect-text.ts';
import { Inspection } from './inspection.ts';
import type { Finding } from './inspection.ts';

/** Traces one connection; `print` is given one or more lines at a time, without controls. */
export class WireTrace {
  readonly #print: (text: string) => void;
  readonly #inspection = new Inspection({ readExtensions });

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** Takes what was sent next, in any split. */
  push(from: Role, bytes: Buffer): void {
    this.#say(this.#inspection.push(from, bytes));
  }

  /** The connection is gone: tells what was not whole. */
  end(): void {
    this.#say(this.#inspection.end());
  }

  #say(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const text = formatFinding(finding, true).trimEnd();
      if (text !== '') this.#print(text);
    }
  }
}
