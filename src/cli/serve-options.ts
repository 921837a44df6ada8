/**
 * The options of `barewire serve`: read, checked, and explained.
 *
 * Spec      -
 * Next      serve.ts - starts the server with them
 * Left out  -
 */
import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** What `barewire serve --help` prints. */
export const serveHelp = `barewire serve - an HTTPS server with cookies, WebSockets and a chat

Usage: barewire serve [OPTIONS]

Options
  --host H            the address to listen on; default 127.0.0.1 and, where there is one, ::1
  --port N            the port for https and wss; 0 picks a free one; default 8443
  --http-port N|off   the port that redirects http to https; 0 picks a free one; default 8080
  --dir DIR           where the keys and certificates lie; default .barewire
  --help              print this text

On its first start it makes a development authority and a certificate for localhost in DIR, and says
how to trust it.
`;

/** The options of `serve`, checked. */
export interface ServeOptions {
  help: boolean;
  /** Undefined for the loopback addresses. */
  host: string | undefined;
  port: number;
  /** Undefined where there is to be no redirect. */
  httpPort: number | undefined;
  folder: string;
}

/** Reads the arguments behind `serve`. Throws a UsageError that names what is wrong. */
export function parseServeOptions(args: readonly string[]): ServeOptions {
  const values = parse(args);
  const httpPort = values['http-port'];
  if (values.host === '') throw new UsageError('--host must not be empty');
  if (values.dir === '') throw new UsageError('--dir must not be empty');
  const ports = {
    port: parsePort('--port', values.port ?? '8443'),
    httpPort: httpPort === 'off' ? undefined : parsePort('--http-port', httpPort ?? '8080'),
  };
  if (ports.port === ports.httpPort && ports.port !== 0) {
    const other = httpPort === undefined ? "--http-port's default" : '--http-port';
    const mend = 'choose another with --http-port, or none with --http-port off';
    throw new UsageError(`--port must differ from ${other}, got ${ports.port} twice; ${mend}`);
  }
  return {
    help: values.help ?? false,
    host: values.host,
    ...ports,
    folder: values.dir ?? '.barewire',
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        host: { type: 'string' },
        port: { type: 'string' },
        'http-port': { type: 'string' },
        dir: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // Node's first sentence names the option; what follows is about the conventions of parseArgs.
    const sentence = /^[^.\n]*/.exec((error as Error).message)?.[0] ?? 'unusable arguments';
    throw new UsageError(`${sentence}; try barewire serve --help`, { cause: error });
  }
}

function parsePort(option: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65535) return port;
  const off = option === '--http-port' ? ', or off' : '';
  throw new UsageError(`${option} must be a number from 0 to 65535${off}, got "${text}"`);
}
