/**
 * The bytes of what a program may send.
 *
 * Spec      RFC 6455 §5.6 text and binary; the WHATWG interface for the types
 * Next      io/send.ts - send, ping, pong; close-frame.ts - close
 * Left out  Blobs, whose bytes come later: io/connection.ts
 */
import type { PreparedMessage } from './prepared-message.ts';

/** Bytes in any of their forms: a view gives the part that it shows, a DataView too. */
export type BinaryLike = ArrayBufferLike | NodeJS.ArrayBufferView;

/** What `send` takes: text, bytes, a Blob, or a message encoded before. */
export type Sendable = string | BinaryLike | Blob | PreparedMessage;

/**
 * Text as UTF-8, bytes as they are (not copied). Throws a TypeError for everything else: a number
 * once meant a length to a library, which then sent that much of its memory. `name` is what the
 * error calls the argument.
 */
export function toBytes(data: unknown, name = 'data'): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (isMemory(data)) {
    const bytes = new Uint8Array(data);
    // An object may call itself an ArrayBuffer; its bytes are then made of whatever it holds.
    if (bytes.buffer === data) return bytes;
  }
  const more = name === 'data' ? ', a DataView or a Blob' : ' or a DataView';
  const what = `a string, an ArrayBuffer, a typed array${more}`;
  throw new TypeError(`${name} must be ${what}, got ${describe(data)}`);
}

/** Also of another realm, as a test runner's or a worker's. */
function isMemory(data: unknown): data is ArrayBufferLike {
  const tag = Object.prototype.toString.call(data);
  return tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]';
}

function describe(data: unknown): string {
  if (data === null) return 'null';
  if (Array.isArray(data)) return 'an Array';
  if (typeof data === 'number' || typeof data === 'boolean') return `${typeof data} ${data}`;
  return typeof data;
}
