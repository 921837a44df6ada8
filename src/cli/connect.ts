/**
 * `barewire connect`: a WebSocket client for people and for pipes.
 *
 * Spec      RFC 6455, as a client
 * Next      connect-session.ts - what happens on the connection
 * Left out  following redirects: the error tells where to go
 *
 *   stdin    messages and commands, one a line
 *   stdout   messages of the server, one a line, escaped
 *   stderr   everything else: connected, closed, pongs, traces, errors
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { CaptureFile } from './capture-file.ts';
import { connectHelp, parseConnectOptions } from './connect-options.ts';
import type { ConnectOptions } from './connect-options.ts';
import { ConnectSession } from './connect-session.ts';
import { observeSocket } from './observe-socket.ts';
import type { WireObserver } from './observe-socket.ts';
import { PipeConsole } from './pipe-console.ts';
import type { Console, StandardStreams } from './pipe-console.ts';
import { TerminalConsole } from './terminal-console.ts';
import { UsageError } from './usage-error.ts';
import { WireTrace } from './wire-trace.ts';

/** Runs the command; sets the exit code. Throws a UsageError for what cannot be used. */
export async function connect(args: readonly string[]): Promise<void> {
  const options = parseConnectOptions(args);
  if (options === 'help') return void process.stdout.write(connectHelp);
  const ca = options.caFile === undefined ? undefined : readAuthorities(options.caFile);
  const console = openConsole(options);
  const wire = new Wire(options, console);
  const session = new ConnectSession({
    options,
    ca,
    console,
    request: (request) => wire.observe(request),
  });
  const interrupt = () => session.interrupt();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  process.stdout.on('error', () => session.outputGone());
  process.stderr.on('error', () => {});
  const exitCode = await run(session);
  console.close();
  const isWhole = wire.close();
  // Whoever is in a hurry does not wait for what is left.
  if (exitCode === 130) process.exit(exitCode);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  process.exitCode = exitCode === 0 && !isWhole ? 1 : exitCode;
}

async function run(session: ConnectSession): Promise<number> {
  try {
    return await session.run();
  } catch (error) {
    // What is left to be said about the address.
    throw error instanceof SyntaxError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** What is done with the bytes of all connections. */
class Wire {
  readonly #options: ConnectOptions;
  readonly #console: Console;
  #capture: CaptureFile | undefined;
  #connections = 0;
  #isWhole = true;

  constructor(options: ConnectOptions, console: Console) {
    this.#options = options;
    this.#console = console;
    if (options.captureFile !== undefined) this.#capture = this.#openCapture(options.captureFile);
  }

  /** Has the bytes of a request and of what follows it traced and captured. */
  observe(request: ClientRequest): void {
    const { trace } = this.#options;
    const observers: WireObserver[] = [];
    const capture = this.#nextCapture();
    if (capture !== undefined) observers.push((from, bytes) => capture.write(from, bytes));
    if (trace) {
      const wireTrace = new WireTrace((text) => this.#console.note(text));
      observers.push((from, bytes) => wireTrace.push(from, bytes));
    }
    if (observers.length === 0) return;
    const observe = (socket: Socket) =>
      observeSocket(socket, (from, bytes) => {
        for (const observer of observers) observer(from, bytes);
      });
    if (request.socket !== null) observe(request.socket);
    else request.once('socket', observe);
  }

  /** Ends what is being written; whether all of it was. */
  close(): boolean {
    this.#capture?.close();
    return this.#isWhole;
  }

  /** A file holds one connection; those of later ones have numbers. */
  #nextCapture(): CaptureFile | undefined {
    const { captureFile } = this.#options;
    this.#connections++;
    if (captureFile === undefined || this.#connections === 1) return this.#capture;
    this.#capture?.close();
    try {
      this.#capture = this.#openCapture(`${captureFile}.${this.#connections}`);
    } catch (error) {
      this.#captureFailed(error as Error);
      this.#capture = undefined;
    }
    return this.#capture;
  }

  #openCapture(path: string): CaptureFile {
    return new CaptureFile(path, (error) => this.#captureFailed(error));
  }

  #captureFailed(error: Error): void {
    this.#isWhole = false;
    this.#console.note(`barewire: the capture is not complete: ${error.message}`);
  }
}

function readAuthorities(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--ca cannot read "${path}": ${code}`, { cause: error });
  }
  try {
    new X509Certificate(text);
  } catch (error) {
    throw new UsageError(`--ca must name a file with certificates in PEM, got "${path}"`, {
      cause: error,
    });
  }
  return text;
}

/** A console for a person if the input is one's keyboard and one can see an output. */
function openConsole({ timestamps }: ConnectOptions): Console {
  const { stdin, stdout, stderr } = process;
  const prefix = () => (timestamps ? `${new Date().toISOString()} ` : '');
  const streams: StandardStreams = { stdin, stdout, stderr, prefix };
  const screen = [stdout, stderr].find((stream) => stream.isTTY);
  if (!stdin.isTTY || screen === undefined) return new PipeConsole(streams);
  return new TerminalConsole(streams, screen);
}
