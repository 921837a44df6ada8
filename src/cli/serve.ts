/**
 * `barewire serve`: starts the server, says where it is and how to trust it, ends it on a signal.
 *
 * Spec      -
 * Next      ../lab/server.ts
 * Left out  -
 *
 *   stdout   what it is and how to trust it, `listening ...`, then the access log
 *   SIGINT   WebSockets are closed with 1001, responses get 2 seconds, exit code 0
 *   again    exit at once, exit code 130
 */
import { relative } from 'node:path';
import { ListenError } from '../http/index.ts';
import { startLab } from '../lab/index.ts';
import type { Lab } from '../lab/index.ts';
import { CredentialError } from '../tls/index.ts';
import { parseServeOptions, serveHelp } from './serve-options.ts';
import type { ServeOptions } from './serve-options.ts';
import { decideSignal } from './signals.ts';
import { UsageError } from './usage-error.ts';

/** Runs the command; resolves once the server listens. Throws a UsageError if it cannot. */
export async function serve(args: readonly string[]): Promise<void> {
  const options = parseServeOptions(args);
  if (options.help) {
    process.stdout.write(serveHelp);
    return;
  }
  // The log's lines wait for the introduction, should a request come in between.
  const early: string[] = [];
  let log = (line: string): void => void early.push(line);
  const lab = await start(options, (line) => log(line));
  // Before anybody is told that it listens: whoever reads that may send a signal at once.
  endOnSignal(lab);
  process.stdout.write(introduction(lab));
  log = (line) => console.log(line);
  early.forEach(log);
}

async function start(options: ServeOptions, log: (line: string) => void): Promise<Lab> {
  try {
    return await startLab({ ...options, log });
  } catch (error) {
    throw error instanceof Error && isUsage(error) ? usageErrorFor(error, options) : error;
  }
}

/** Whether an error is about what the command was given, and not about us. */
function isUsage(error: Error): boolean {
  // A TypeError of ours is about a name that no certificate can be made for.
  const aboutName = error instanceof TypeError && error.message.startsWith('server name');
  return error instanceof ListenError || error instanceof CredentialError || aboutName;
}

function usageErrorFor(error: Error, options: ServeOptions): UsageError {
  if (!(error instanceof ListenError)) return new UsageError(error.message, { cause: error });
  const option = error.port === options.port ? '--port' : '--http-port';
  const off = option === '--http-port' ? ', or none with --http-port off' : '';
  const mend = error.code === 'EADDRINUSE' ? `; choose another with ${option}${off}` : '';
  return new UsageError(error.message + mend, { cause: error });
}

function introduction({ url, httpUrl, credentials }: Lab): string {
  const file = shortPath(credentials.authorityCertificatePath);
  const made = credentials.written.map(shortPath);
  const lines = [
    ...(made.length > 0 ? [`made ${made.join(', ')}`, ''] : []),
    `The certificate of your development authority is ${file}`,
    `  SHA-256 ${credentials.authorityFingerprint}`,
    'Whoever is to connect has to trust it:',
    `  curl      curl --cacert ${file} ${url}`,
    `  Node      NODE_EXTRA_CA_CERTS=${file} node client.js`,
    '  Chromium  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n barewire -i ' + file,
    '            (on Linux; certutil is in libnss3-tools or nss-tools; then start Chromium again)',
    'Stop with Ctrl+C.',
    '',
    `listening ${url}`,
    ...(httpUrl === undefined ? [] : [`listening ${httpUrl}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** A path as seen from the working directory, where that is shorter. */
function shortPath(path: string): string {
  const seen = relative(process.cwd(), path);
  return seen.startsWith('..') ? path : seen;
}

function endOnSignal(lab: Lab): void {
  const belowNpm = process.env['npm_lifecycle_event'] === 'start';
  let firstAtMs: number | undefined;
  const end = (): void => {
    const nowMs = performance.now();
    const meaning = decideSignal({ firstAtMs, nowMs, belowNpm });
    if (meaning === 'at-once') process.exit(130);
    if (meaning === 'echo') return;
    firstAtMs = nowMs;
    void lab.shutdown().then(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
