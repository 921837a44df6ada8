/**
 * The arguments of `barewire connect`: read, checked, and explained.
 *
 * Spec      RFC 6455 §4.1 what a client may say; RFC 9110 §5.5 field values
 * Next      connect.ts - connects with them
 * Left out  files: connect.ts reads and writes them
 */
import { parseArgs } from 'node:util';
import { isToken, trimOws } from '../shared/index.ts';
import { UsageError } from './usage-error.ts';

/** What `barewire connect --help` prints. */
export const connectHelp = `barewire connect - a WebSocket client for people and for pipes

Usage: barewire connect [OPTIONS] URL

Options
  --header 'NAME: VALUE'  add a header to the handshake; may be repeated
  --subprotocol NAME      offer a sub-protocol; may be repeated, the preferred first
  --origin ORIGIN         send this Origin, as the page of a browser does
  --ca FILE               trust the authorities in FILE (PEM), and no others
  --insecure              trust any certificate
  --trace                 print every frame, both ways, explained
  --capture FILE          write the bytes of both directions to a new FILE, for barewire inspect
  --timestamps            print the time in front of each line
  --reconnect             connect again when the connection ends
  --send TEXT             send TEXT when the connection is open; may be repeated
  --exit-after N          end when N messages have been received
  --timeout SECONDS       end after so many seconds
  --help                  print this text

Each line of the input is sent as a text message; /help lists the commands. Messages are printed on
standard output, one a line: text with its control characters escaped, bytes as hexadecimal digits.
In a pipe the connection is closed at the end of the input, unless --exit-after or --timeout say how
long to wait.

Exit code: 0 closed normally, or N messages were received; 1 a failure; 2 unusable arguments.
`;

/** The arguments of `connect`, checked. */
export interface ConnectOptions {
  url: URL;
  headers: Record<string, string | string[]>;
  subprotocols: readonly string[];
  origin: string | undefined;
  caFile: string | undefined;
  insecure: boolean;
  trace: boolean;
  captureFile: string | undefined;
  timestamps: boolean;
  reconnect: boolean;
  /** Texts to send on each connection. */
  send: readonly string[];
  exitAfter: number | undefined;
  timeoutMs: number | undefined;
}

/** Node's timers take no more milliseconds than this. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Reads the arguments behind `connect`. Throws a UsageError that names what is wrong. */
export function parseConnectOptions(args: readonly string[]): ConnectOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  for (const name of ['ca', 'capture'] as const) {
    if (values[name] === '') throw new UsageError(`--${name} must not be empty`);
  }
  if (values.insecure === true && values.ca !== undefined) {
    throw new UsageError('--insecure trusts any certificate: it cannot be used with --ca');
  }
  return {
    url: parseUrl(positionals),
    headers: parseHeaders(values.header ?? []),
    subprotocols: parseSubprotocols(values.subprotocol ?? []),
    origin: values.origin === undefined ? undefined : checkValue('--origin', values.origin),
    caFile: values.ca,
    insecure: values.insecure ?? false,
    trace: values.trace ?? false,
    captureFile: values.capture,
    timestamps: values.timestamps ?? false,
    reconnect: values.reconnect ?? false,
    send: values.send ?? [],
    exitAfter: parseCount(values['exit-after']),
    timeoutMs: parseTimeout(values.timeout),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        header: { type: 'string', multiple: true },
        subprotocol: { type: 'string', multiple: true },
        origin: { type: 'string' },
        ca: { type: 'string' },
        insecure: { type: 'boolean' },
        trace: { type: 'boolean' },
        capture: { type: 'string' },
        timestamps: { type: 'boolean' },
        reconnect: { type: 'boolean' },
        send: { type: 'string', multiple: true },
        'exit-after': { type: 'string' },
        timeout: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // Node's first sentence names the option; what follows is about the conventions of parseArgs.
    const sentence = /^[^.\n]*/.exec((error as Error).message)?.[0] ?? 'unusable arguments';
    throw new UsageError(`${sentence}; try barewire connect --help`, { cause: error });
  }
}

const schemes = ['ws:', 'wss:', 'ws+unix:', 'http:', 'https:'];

function parseUrl(positionals: readonly string[]): URL {
  const [text, extra] = positionals;
  if (text === undefined) throw new UsageError('a URL is missing; try barewire connect --help');
  if (extra !== undefined) {
    throw new UsageError(`one URL is enough, got "${extra}" too; try barewire connect --help`);
  }
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(text)?.[0].toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme)) {
    if (text.includes('://')) {
      throw new UsageError(`the URL must begin with ws: or wss:, got ${scheme ?? text}`);
    }
    // What may be a secret is not repeated.
    const rest = /[@?]/.test(text) ? 'HOST/PATH' : text;
    throw new UsageError(
      `the URL must begin with ws: or wss:; write ws://${rest}, or wss://${rest} for TLS`,
    );
  }
  if (!URL.canParse(text)) throw new UsageError('the URL is none: its host or port is not valid');
  if (text.includes('#')) throw new UsageError('the URL must have no fragment, got a "#"');
  return new URL(text);
}

function parseHeaders(lines: readonly string[]): Record<string, string | string[]> {
  const headers = new Map<string, { name: string; values: string[] }>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    // A value may be a secret and is not repeated.
    if (!isToken(name)) {
      throw new UsageError(`--header must be 'NAME: VALUE', got the name "${name}"`);
    }
    if (/^(?:upgrade|connection|sec-websocket-.*)$/i.test(name)) {
      const instead = /protocol$/i.test(name) ? '; use --subprotocol' : '';
      throw new UsageError(`--header ${name} belongs to the handshake itself${instead}`);
    }
    const value = checkValue(`--header ${name}`, trimOws(line.slice(colon + 1)));
    const known = headers.get(name.toLowerCase());
    if (known === undefined) headers.set(name.toLowerCase(), { name, values: [value] });
    else known.values.push(value);
  }
  const entries = [...headers.values()].map(
    ({ name, values }) => [name, values.length === 1 ? values[0]! : values] as const,
  );
  return Object.fromEntries(entries);
}

function checkValue(option: string, value: string): string {
  // MUST NOT (RFC 9110 §5.5): CR, LF and NUL would let a value add headers of its own.
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new UsageError(`${option} must hold printable latin1 only`);
}

function parseSubprotocols(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !isToken(name));
  if (wrong !== undefined) {
    throw new UsageError(`--subprotocol must be a token, got ${JSON.stringify(wrong)}`);
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`--subprotocol must differ, got "${twice}" twice`);
  return names;
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--exit-after must be a number of messages from 1, got "${text}"`);
}

function parseTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Math.round(Number(text) * 1000) : 0;
  if (milliseconds > 0 && milliseconds <= maxTimeoutMs) return milliseconds;
  throw new UsageError(`--timeout must be a number of seconds above 0, got "${text}"`);
}
