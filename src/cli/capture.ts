/**
 * A capture: what both sides of a connection sent, as text.
 *
 * Spec      -
 * Next      inspection.ts - what the bytes mean
 * Left out  times
 *
 *   capture = *( [ direction *( *WSP byte ) ] *WSP [ "#" comment ] LF )
 *   direction = ">" from the client / "<" from the server
 *   byte    = 2HEXDIG
 *
 *   > 81 85 37fa213d 7f9f4d5158      # Hello
 *   < 81 05 48 65 6c 6c 6f
 *
 * Read character by character, so that a line may be as long as a message.
 */
import { quoteText } from '../websocket/index.ts';
import type { Role } from '../websocket/index.ts';
import { UsageError } from './usage-error.ts';

/** Some bytes of one side, in the order of the capture. */
export interface CapturedBytes {
  sender: Role;
  bytes: Buffer;
}

const senders = new Map<string, Role>([
  ['>', 'client'],
  ['<', 'server'],
]);

/**
 * Whether a file is a capture: its first character that is no white space is `>`, `<` or `#`. No
 * valid frame begins with one of these or with white space, so raw bytes are told apart.
 */
export function isCapture(beginning: Uint8Array): boolean {
  const first = beginning.find((byte) => !/\s/.test(String.fromCharCode(byte)));
  return first !== undefined && '><#'.includes(String.fromCharCode(first));
}

/**
 * Whether a file holds hexadecimal digits without a word about who sent the bytes. No valid frame
 * begins with one of these digits.
 */
export function isBareHex(beginning: Uint8Array): boolean {
  const text = Buffer.from(beginning).toString('latin1');
  return /^\s*[0-9a-f]/.test(text) && /^[0-9a-fA-F\s]{4,}$/.test(text);
}

/** Reads a capture in pieces. */
export class CaptureReader {
  #line = 1;
  #sender: Role | undefined;
  #comment = false;
  /** The first digit of a byte. */
  #digit = '';
  /** The digits of whole bytes that were not handed out yet. */
  #digits = '';

  /** Takes the next piece of text. Throws a UsageError for one that is no capture. */
  push(text: string): CapturedBytes[] {
    const found: CapturedBytes[] = [];
    for (const character of text) {
      if (character === '\n') this.#endLine(found);
      else if (!this.#comment) this.#read(character);
    }
    this.#flush(found);
    return found;
  }

  /** The end of the capture. Throws a UsageError if it ends within a byte. */
  end(): void {
    this.#checkDigit();
  }

  #read(character: string): void {
    const isSpace = character === ' ' || character === '\t' || character === '\r';
    if (isSpace || character === '#') {
      this.#checkDigit();
      this.#comment = character === '#';
    } else if (this.#sender === undefined) {
      this.#sender = senders.get(character);
      if (this.#sender === undefined) {
        throw this.#error(`expected a line to begin with > or <, got ${quoteText(character, 1)}`);
      }
    } else if (/[0-9a-f]/i.test(character)) {
      if (this.#digit !== '') this.#digits += this.#digit;
      if (this.#digit !== '') this.#digits += character;
      this.#digit = this.#digit === '' ? character : '';
    } else {
      throw this.#error(`expected hexadecimal digits, got ${quoteText(character, 1)}`);
    }
  }

  #endLine(found: CapturedBytes[]): void {
    this.#checkDigit();
    this.#flush(found);
    this.#sender = undefined;
    this.#comment = false;
    this.#line++;
  }

  #flush(found: CapturedBytes[]): void {
    if (this.#digits === '' || this.#sender === undefined) return;
    found.push({ sender: this.#sender, bytes: Buffer.from(this.#digits, 'hex') });
    this.#digits = '';
  }

  #checkDigit(): void {
    if (this.#digit !== '') throw this.#error(`a byte has two digits, got "${this.#digit}"`);
  }

  #error(what: string): UsageError {
    return new UsageError(`line ${this.#line}: ${what}`);
  }
}
