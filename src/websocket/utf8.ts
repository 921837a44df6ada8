/**
 * UTF-8, judged while it arrives.
 *
 * Spec      RFC 6455 §8.1, RFC 3629 §4 (the well-formed sequences)
 * Next      message-assembler.ts - feeds the payload of text messages through here
 * Left out  turning bytes into strings: the application's choice
 *
 *   first byte   second byte   then     code points
 *   00-7f                               U+0000   - U+007F
 *   c2-df        80-bf                  U+0080   - U+07FF     c0, c1 would be overlong
 *   e0           a0-bf         80-bf    U+0800   - U+0FFF     below a0: overlong
 *   e1-ec,ee,ef  80-bf         80-bf
 *   ed           80-9f         80-bf    U+D000   - U+D7FF     above 9f: surrogates
 *   f0           90-bf         80-bf x2                       below 90: overlong
 *   f1-f3        80-bf         80-bf x2
 *   f4           80-8f         80-bf x2 up to U+10FFFF
 */
import { isUtf8 } from 'node:buffer';

/** Remembers, between pieces of one text, what the next byte may be. */
export class Utf8Validator {
  /** Continuation bytes still to come. */
  #missing = 0;
  /**
   * The range of the next byte, where one is missing; narrower than 80-bf only for a second byte.
   */
  #lowest = 0x80;
  #highest = 0xbf;

  /**
   * Takes the next piece. False as soon as it holds a byte that no valid text can have there, also
   * when later bytes are still to come (fail fast).
   */
  push(bytes: Uint8Array): boolean {
    // Node's own check is many times faster, but knows only whole texts.
    if (this.#missing === 0 && isUtf8(bytes)) return true;
    for (let i = 0; i < bytes.length; i++) {
      if (!this.#pushByte(bytes[i]!)) return false;
    }
    return true;
  }

  /** Begins a new text. */
  reset(): void {
    this.#missing = 0;
  }

  /** Whether the text could end here: no character is incomplete. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  #pushByte(byte: number): boolean {
    if (this.#missing > 0) {
      if (byte < this.#lowest || byte > this.#highest) return false;
      return this.#expect(this.#missing - 1, 0x80, 0xbf);
    }
    if (byte <= 0x7f) return true;
    if (byte < 0xc2) return false;
    if (byte <= 0xdf) return this.#expect(1, 0x80, 0xbf);
    if (byte <= 0xef)
      return this.#expect(2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf);
    if (byte <= 0xf4)
      return this.#expect(3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf);
    return false;
  }

  #expect(missing: number, lowest: number, highest: number): true {
    this.#missing = missing;
    this.#lowest = lowest;
    this.#highest = highest;
    return true;
  }
}
