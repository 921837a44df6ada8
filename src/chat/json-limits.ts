/**
 * How deep and how wide a JSON text is, counted before it is parsed.
 *
 * Spec      RFC 8259 §2 structural characters, §7 strings, §9 (a parser may set limits)
 * Next      protocol.ts - looks here before it calls JSON.parse
 * Left out  whether the text is JSON at all: JSON.parse decides that
 */

/** The most that a JSON text may hold. */
export interface JsonLimits {
  /** Objects and arrays inside each other; 1 is an object of plain values. */
  maxDepth: number;
  /** Members and elements in the whole text, an empty object or array counting as one. */
  maxElements: number;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openers = [0x5b, 0x7b]; // [ {
const closers = [0x5d, 0x7d]; // ] }

/**
 * Whether a text stays within limits; one pass, no memory. For a text that is not JSON the answer
 * means nothing.
 */
export function isWithinJsonLimits(text: string, limits: JsonLimits): boolean {
  let depth = 0;
  let elements = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = endOfString(text, i);
    } else if (openers.includes(code)) {
      if (++depth > limits.maxDepth || ++elements > limits.maxElements) return false;
    } else if (closers.includes(code)) {
      depth--;
    } else if (code === comma && ++elements > limits.maxElements) {
      return false;
    }
  }
  return true;
}

/** The index of the quote that ends the string begun at `start`, or the end of the text. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== quote) {
    i += text.charCodeAt(i) === backslash ? 2 : 1;
  }
  return i;
}
