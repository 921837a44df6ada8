/**
 * One run of `barewire connect`: lines become messages, messages become lines, and it ends.
 *
 * Spec      RFC 6455 §7.1.1 closing
 * Next      connect-client.ts - the connections; connect-outcome.ts - what is made of the end
 * Left out  streams and signals: connect.ts hands them in
 *
 *   lines of the input     wait for a connection in a pipe; on a terminal they are refused without
 *   end of the input       close with 1000, unless --exit-after or --timeout say when
 *   N messages             close with 1000; what comes then is not printed
 *   time is up, Ctrl+C     close with 1000; cut where the server does not answer within 2 s
 *   Ctrl+C again           cut, 130
 */
import type { ClientRequest } from 'node:http';
import { escapeControls } from '../websocket/index.ts';
import type { SendResult, WebSocket } from '../websocket/index.ts';
import { commandHelp, parseCommand } from './connect-commands.ts';
import type { Command } from './connect-commands.ts';
import { openClient } from './connect-client.ts';
import type { Client } from './connect-client.ts';
import type { ConnectOptions } from './connect-options.ts';
import { decideOutcome, describeClose, describeError } from './connect-outcome.ts';
import type { RunFacts } from './connect-outcome.ts';
import type { Console } from './pipe-console.ts';
import { PingTimes } from './ping-times.ts';

/** A line that needs a connection. */
type ConnectionCommand = Exclude<Command, { kind: 'help' | 'mistake' }>;

/** What a session is made of. */
export interface SessionParts {
  options: ConnectOptions;
  /** The authorities to trust, in PEM. */
  ca: string | undefined;
  console: Console;
  /** Told of each request before it is sent: to observe its socket. */
  request(request: ClientRequest): void;
}

/** Milliseconds that a server gets to answer the close of somebody in a hurry. */
const briefMs = 2_000;
/** Milliseconds that a handshake may take, unless --timeout says less. */
const handshakeMs = 10_000;

/** One run; `run` begins it. */
export class ConnectSession {
  readonly #options: ConnectOptions;
  readonly #parts: SessionParts;
  readonly #console: Console;
  readonly #facts: RunFacts;
  readonly #pings = new PingTimes();
  #client: Client | undefined;
  /** The connection that is open. */
  #socket: WebSocket | undefined;
  #isReading = false;
  #lineNumber = 0;
  #sentLines = 0;
  /** Lines that wait for a connection. */
  #waiting: (() => void)[] = [];
  #timers: NodeJS.Timeout[] = [];
  #isInterrupted = false;
  #inputIsUnusable = false;
  #inputIsUseless = false;
  #exitCode: number | undefined;
  #finished: (exitCode: number) => void = () => {};

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#console = parts.console;
    const { url, exitAfter } = parts.options;
    this.#facts = {
      where: url.host + url.pathname,
      wasOpen: false,
      received: 0,
      exitAfter,
      timedOutAfterMs: undefined,
      ownCloseCode: undefined,
      close: undefined,
      failure: undefined,
      inputEnded: false,
    };
  }

  /** Connects; resolves with the exit code. Throws as `new WebSocket` does. */
  run(): Promise<number> {
    const { timeoutMs = Infinity } = this.#options;
    this.#client = openClient(this.#options.url, this.#clientOptions(), {
      request: (request) => this.#parts.request(request),
      opened: (socket) => this.#opened(socket),
      message: (data, isBinary) => this.#message(data, isBinary),
      failed: (error) => this.#failed(error),
      closed: (code, reason) => this.#closed(code, reason),
      waiting: (attempt, delayMs) => this.#willConnectAgain(attempt, delayMs),
      ended: () => this.#ended(),
    });
    if (timeoutMs !== Infinity) this.#after(timeoutMs, () => this.#timeIsUp(timeoutMs));
    return new Promise((resolve) => (this.#finished = resolve));
  }

  /** Somebody wants to go: closes; at the second time, or with nothing to close, ends at once. */
  interrupt(): void {
    const isOpen = this.#socket !== undefined && !this.#isInterrupted;
    this.#isInterrupted = true;
    if (isOpen) return this.#closeSoon();
    this.#finish(130);
    this.#client?.terminate();
  }

  /** Nobody reads what is printed any more. */
  outputGone(): void {
    if (this.#facts.wasOpen) this.#closeSoon();
    else this.#client?.terminate();
  }

  #clientOptions() {
    const { headers, subprotocols, origin, insecure, reconnect, timeoutMs } = this.#options;
    const { ca } = this.#parts;
    return {
      headers,
      reconnect,
      protocols: subprotocols,
      ...(origin === undefined ? {} : { origin }),
      ...(ca === undefined ? {} : { ca }),
      ...(insecure ? { rejectUnauthorized: false } : {}),
      // So that the error says in which phase the time was up.
      handshakeTimeout: Math.min(handshakeMs, timeoutMs ?? handshakeMs),
    };
  }

  // The connection

  #opened(socket: WebSocket): void {
    this.#socket = socket;
    this.#facts.wasOpen = true;
    this.#facts.failure = undefined;
    this.#facts.close = undefined;
    socket.on('pong', (payload) => this.#pong(payload.toString()));
    const protocol = socket.protocol === '' ? '' : `, sub-protocol ${socket.protocol}`;
    this.#note(`connected to ${this.#facts.where}${protocol}`);
    for (const text of this.#options.send) socket.send(text);
    for (const go of this.#waiting.splice(0)) go();
    if (this.#isReading) return;
    this.#isReading = true;
    this.#console.read({
      line: (text) => this.#line(text),
      end: () => this.#endOfInput(),
      interrupt: () => this.interrupt(),
    });
  }

  #message(data: Buffer, isBinary: boolean): void {
    const { exitAfter } = this.#options;
    if (exitAfter !== undefined && this.#facts.received >= exitAfter) return;
    this.#facts.received++;
    const line = isBinary ? data.toString('hex') : escapeControls(data.toString());
    const read = this.#console.message(line);
    if (read !== undefined) this.#holdUntil(read);
    if (this.#facts.received === exitAfter) this.#closeSoon();
  }

  #pong(payload: string): void {
    const tookMs = this.#pings.answered(payload, performance.now());
    const how = tookMs === undefined ? 'that nobody asked for' : `in ${tookMs.toFixed(1)} ms`;
    this.#note(`pong "${payload}" ${how}`);
  }

  #failed(error: Error): void {
    // What we gave up ourselves is no failure.
    if (this.#facts.ownCloseCode !== undefined && this.#socket === undefined) return;
    this.#facts.failure = error;
  }

  #closed(code: number, reason: string): void {
    if (this.#socket === undefined) return;
    this.#facts.close = { code, reason, wasClean: this.#socket.wasClean };
    this.#socket = undefined;
    this.#pings.forget();
  }

  #willConnectAgain(attempt: number, delayMs: number): void {
    const { failure, close } = this.#facts;
    const closed = close === undefined ? '' : `closed with ${describeClose(close)}`;
    const why = failure === undefined ? closed : describeError(failure);
    this.#note(`${why}; attempt ${attempt} in ${delayMs} ms`);
  }

  #ended(): void {
    if (this.#exitCode !== undefined) return;
    const { exitCode, lines } = decideOutcome(this.#facts);
    for (const line of lines) this.#note(line);
    this.#finish(this.#inputIsUnusable ? 2 : exitCode);
  }

  // The input

  async #line(text: string): Promise<void> {
    this.#lineNumber++;
    if (this.#ignoresInput) return;
    const command = parseCommand(text);
    if (command.kind === 'help') return this.#console.note(commandHelp);
    if (command.kind === 'mistake') return this.#mistake(command.message);
    const waits = this.#options.reconnect && !this.#console.isTerminal;
    try {
      while (!(await this.#send(command))) {
        if (!waits) return this.#notSent();
        if (this.#ignoresInput) return;
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    } catch (error) {
      // What may not be sent, such as a close code: it is whoever wrote the line that is told.
      this.#mistake((error as Error).message);
    }
  }

  /** We are closing: what is still read is of no use. */
  get #ignoresInput(): boolean {
    return this.#facts.ownCloseCode !== undefined || this.#inputIsUseless;
  }

  #notSent(): void {
    // In a pipe there is no use in reading on: the connection will not come back.
    this.#inputIsUseless = !this.#console.isTerminal;
    const what = this.#inputIsUseless ? 'and what follows were' : 'was';
    this.#note(`not connected: line ${this.#lineNumber} ${what} not sent`);
  }

  /** Does what a line says, once there is room; false if there is no connection for it. */
  async #send(command: ConnectionCommand): Promise<boolean> {
    const socket = this.#socket;
    if (socket === undefined) return false;
    const result = this.#perform(socket, command);
    if (result === 'dropped') return false;
    this.#sentLines++;
    if (result === 'queued') await socket.drained();
    return true;
  }

  #perform(socket: WebSocket, command: ConnectionCommand): SendResult | undefined {
    switch (command.kind) {
      case 'text':
        return socket.send(command.text);
      case 'binary':
        return socket.send(command.bytes);
      case 'ping':
        return socket.ping(this.#pings.sent(command.payload, performance.now()));
      case 'close':
        return void this.#close(command.code, command.reason);
    }
  }

  #mistake(message: string): void {
    if (this.#console.isTerminal) return this.#note(message);
    // A program cannot see it and write another line: going on would do something else than was
    // asked for.
    this.#note(`barewire: line ${this.#lineNumber} of the input: ${message}`);
    this.#inputIsUnusable = true;
    this.#closeSoon();
  }

  #endOfInput(): void {
    const { exitAfter, timeoutMs } = this.#options;
    const waits = exitAfter !== undefined || timeoutMs !== undefined;
    if (waits && !this.#console.isTerminal) return;
    this.#facts.inputEnded = !this.#ignoresInput && this.#sentLines > 0;
    this.#close(1000, '');
  }

  // The end

  #timeIsUp(timeoutMs: number): void {
    // While the first connection is made, its own deadline is the same, and tells more.
    if (!this.#facts.wasOpen && !this.#options.reconnect) return;
    this.#facts.timedOutAfterMs = timeoutMs;
    this.#closeSoon();
  }

  #close(code: number, reason: string): void {
    if (this.#facts.ownCloseCode !== undefined) return;
    this.#client?.close(code, reason);
    this.#facts.ownCloseCode = code;
  }

  #closeSoon(): void {
    this.#close(1000, '');
    this.#after(briefMs, () => this.#client?.terminate());
  }

  #finish(exitCode: number): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const go of this.#waiting.splice(0)) go();
    this.#finished(exitCode);
  }

  #holdUntil(read: Promise<void>): void {
    const socket = this.#socket;
    socket?.pause();
    void read.then(() => socket?.resume());
  }

  #after(delayMs: number, callback: () => void): void {
    this.#timers.push(setTimeout(callback, delayMs).unref());
  }

  #note(text: string): void {
    this.#console.note(escapeControls(text));
  }
}
