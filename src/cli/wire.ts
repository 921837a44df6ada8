/**
 * What is done with the bytes of all connections of a run: traces, and capture files.
 *
 * Spec      -
 * Next      observe-socket.ts, wire-trace.ts, capture-file.ts
 * Left out  -
 *
 *   --capture FILE     first connection    FILE
 *                      second one          FILE.2      and so on: a file holds one handshake
 */
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { CaptureFile } from './capture-file.ts';
import { observeSocket } from './observe-socket.ts';
import type { WireObserver } from './observe-socket.ts';
import { WireTrace } from './wire-trace.ts';

/** What is wanted, and who prints it. */
export interface WireOptions {
  trace: boolean;
  captureFile: string | undefined;
  note(text: string): void;
}

/** The wire of one run. */
export class Wire {
  readonly #options: WireOptions;
  #capture: CaptureFile | undefined;
  #connections = 0;
  #isWhole = true;

  /** Makes the first capture file. Throws a UsageError if it cannot. */
  constructor(options: WireOptions) {
    this.#options = options;
    if (options.captureFile !== undefined) this.#capture = this.#openCapture(options.captureFile);
  }

  /** Has the bytes of a request and of what follows it traced and captured. */
  observe(request: ClientRequest): void {
    const observers: WireObserver[] = [];
    const capture = this.#nextCapture();
    if (capture !== undefined) observers.push((from, bytes) => capture.write(from, bytes));
    const trace = this.#options.trace
      ? new WireTrace((text) => this.#options.note(text))
      : undefined;
    if (trace !== undefined) observers.push((from, bytes) => trace.push(from, bytes));
    if (observers.length === 0) return;
    const observe = (socket: Socket) => {
      observeSocket(socket, (from, bytes) => {
        for (const observer of observers) observer(from, bytes);
      });
      if (trace !== undefined) socket.once('close', () => trace.end());
    };
    if (request.socket !== null) observe(request.socket);
    else request.once('socket', observe);
  }

  /** Ends what is being written; the answer is whether all of it was. */
  close(): boolean {
    this.#capture?.close();
    return this.#isWhole;
  }

  #nextCapture(): CaptureFile | undefined {
    const { captureFile } = this.#options;
    this.#connections++;
    if (captureFile === undefined || this.#connections === 1) return this.#capture;
    this.#capture?.close();
    this.#capture = undefined;
    try {
      this.#capture = this.#openCapture(`${captureFile}.${this.#connections}`);
    } catch (error) {
      this.#captureFailed(error as Error);
    }
    return this.#capture;
  }

  #openCapture(path: string): CaptureFile {
    return new CaptureFile(path, (error) => this.#captureFailed(error));
  }

  #captureFailed(error: Error): void {
    this.#isWhole = false;
    this.#options.note(`barewire: the capture is not complete: ${error.message}`);
  }
}
