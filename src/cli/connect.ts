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
import { connectHelp, parseConnectOptions } from './connect-options.ts';
import type { ConnectOptions } from './connect-options.ts';
import { ConnectSession } from './connect-session.ts';
import { PipeConsole } from './pipe-console.ts';
import type { Console, StandardStreams } from './pipe-console.ts';
import { TerminalConsole } from './terminal-console.ts';
import { UsageError } from './usage-error.ts';
import { Wire } from './wire.ts';

/** Runs the command; sets the exit code. Throws a UsageError for what cannot be used. */
export async function connect(args: readonly string[]): Promise<void> {
  const options = parseConnectOptions(args);
  if (options === 'help') return void process.stdout.write(connectHelp);
  const ca = options.caFile === undefined ? undefined : readAuthorities(options.caFile);
  const console = openConsole(options);
  const { trace, captureFile } = options;
  const wire = new Wire({ trace, captureFile, note: (text) => console.note(text) });
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
