/**
 * What a program may say about compression.
 *
 * Spec      RFC 7692 §7.1; the names are those of npm ws, which programs already know
 * Next      negotiation.ts - what is offered and accepted; compressor.ts, decompressor.ts
 * Left out  how the option reaches a server or a client: ../connection-options.ts
 */
import { constants } from 'node:zlib';
import type { ZlibOptions } from 'node:zlib';

/**
 * How messages are compressed. `server...` is about what the server sends, `client...` about what
 * the client sends, in both roles.
 */
export interface DeflateOptions {
  /**
   * true: the server forgets each message before the next. A server says so in every answer, a
   * client asks for it. false: a server declines those who ask. Default: as the client asks.
   */
  serverNoContextTakeover?: boolean | undefined;
  /**
   * true: the client forgets each message before the next. A server demands it, a client does it.
   * false: a client fails the handshake if the server demands it. Default: as the other side says.
   */
  clientNoContextTakeover?: boolean | undefined;
  /**
   * The largest window for what the server sends, 8 to 15 bits. false: a server declines those who
   * ask for a smaller one. Default, and true: as the client asks.
   */
  serverMaxWindowBits?: number | boolean | undefined;
  /**
   * The largest window for what the client sends, 8 to 15 bits. A server declines clients that
   * cannot keep it. false: a client does not let the server choose. Default, and true: it does.
   */
  clientMaxWindowBits?: number | boolean | undefined;
  /** Messages of fewer bytes are not compressed where no context is kept. Default 1,024. */
  threshold?: number | undefined;
  /** How many messages are compressed or inflated at once, in the whole process. Default 10. */
  concurrencyLimit?: number | undefined;
  /** Of `zlib.createDeflateRaw`: chunkSize, level, memLevel, strategy, dictionary. */
  zlibDeflateOptions?: ZlibOptions | undefined;
  /** Of `zlib.createInflateRaw`: chunkSize, dictionary. */
  zlibInflateOptions?: ZlibOptions | undefined;
}

/** What holds unless an option says otherwise. */
export const deflateDefaults = {
  threshold: 1024,
  concurrencyLimit: 10,
} as const;

/** The options as an object, or undefined if there is no compression. */
export function deflateOptionsOf(
  option: boolean | DeflateOptions | null | undefined,
  byDefault: boolean,
): DeflateOptions | undefined {
  const value = option ?? byDefault;
  if (typeof value === 'object') return value;
  return value ? {} : undefined;
}

/** Throws a RangeError or TypeError that names the first option which is no sensible value. */
export function checkDeflateOptions(option: boolean | DeflateOptions | null | undefined): void {
  if (option === undefined || option === null || typeof option === 'boolean') return;
  if (typeof option !== 'object') throw wrong('', 'a boolean or an object', option);
  for (const name of ['serverNoContextTakeover', 'clientNoContextTakeover'] as const) {
    const value: unknown = option[name] ?? true;
    if (typeof value !== 'boolean') throw wrong(`.${name}`, 'a boolean', value);
  }
  for (const name of ['serverMaxWindowBits', 'clientMaxWindowBits'] as const) {
    const value: unknown = option[name] ?? true;
    if (typeof value === 'boolean') continue;
    const rule = 'a boolean or a whole number from 8 to 15';
    if (typeof value !== 'number') throw wrong(`.${name}`, rule, value);
    if (!isWindowBits(value)) throw outOfRange(`.${name}`, rule, value);
  }
  checkNumber('threshold', option.threshold, 'a number from 0', (value) => value >= 0);
  const count = 'a whole number from 1, or Infinity';
  checkNumber('concurrencyLimit', option.concurrencyLimit, count, isCount);
  checkZlib('zlibDeflateOptions', option.zlibDeflateOptions);
  checkZlib('zlibInflateOptions', option.zlibInflateOptions);
}

/** Whether a window may have this size (RFC 7692 §7.1.2). */
export function isWindowBits(value: number): boolean {
  return Number.isInteger(value) && value >= 8 && value <= 15;
}

function isCount(value: number): boolean {
  return value >= 1 && (Number.isInteger(value) || value === Infinity);
}

function checkNumber(
  name: string,
  value: unknown,
  rule: string,
  isGood: (value: number) => boolean,
): void {
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') throw wrong(`.${name}`, rule, value);
  if (!isGood(value)) throw outOfRange(`.${name}`, rule, value);
}

/** Checked here, since zlib would throw with the first message only. */
function checkZlib(name: string, options: unknown): void {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object') throw wrong(`.${name}`, 'an object', options);
  const { chunkSize, level, memLevel, strategy, dictionary } = options as ZlibOptions;
  const whole = (field: string, value: unknown, least: number, most: number) =>
    checkNumber(
      `${name}.${field}`,
      value,
      `a whole number from ${least}${most === Infinity ? '' : ` to ${most}`}`,
      (number) => Number.isSafeInteger(number) && number >= least && number <= most,
    );
  whole('chunkSize', chunkSize, constants.Z_MIN_CHUNK, Infinity);
  whole('level', level, constants.Z_MIN_LEVEL, constants.Z_MAX_LEVEL);
  whole('memLevel', memLevel, constants.Z_MIN_MEMLEVEL, constants.Z_MAX_MEMLEVEL);
  whole('strategy', strategy, constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED);
  if (dictionary !== undefined && dictionary !== null && !ArrayBuffer.isView(dictionary)) {
    throw wrong(`.${name}.dictionary`, 'bytes', dictionary);
  }
}

function defaultChunkSize(): number {
  return Math.max(constants.Z_DEFAULT_CHUNK, Buffer.poolSize >>> 1);
}

/**
 * Of options for zlib those that have a meaning here; the rest are ours to choose. Output is
 * gathered in pieces of `chunkSize`, of which each context keeps one. Buffers below half the size
 * of Node's pool are cut from it, and keep all of it alive: 64 KiB for each connection.
 */
export function meaningfulZlibOptions(options: ZlibOptions | null | undefined): ZlibOptions {
  const { chunkSize, level, memLevel, strategy, dictionary } = options ?? {};
  const given = Object.entries({ chunkSize, level, memLevel, strategy, dictionary });
  const own = given.filter(([, value]) => value !== undefined && value !== null);
  return { chunkSize: defaultChunkSize(), ...Object.fromEntries(own) };
}

function wrong(name: string, rule: string, value: unknown): TypeError {
  return new TypeError(complaint(name, rule, value));
}

function outOfRange(name: string, rule: string, value: unknown): RangeError {
  return new RangeError(complaint(name, rule, value));
}

function complaint(name: string, rule: string, value: unknown): string {
  const got = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return `option perMessageDeflate${name} must be ${rule}, got ${got}`;
}
