/**
 * The fields of a frame header, one row each.
 *
 * Spec      RFC 6455 §5.2; RFC 7692 §6 (RSV1)
 * Next      trace-header.ts - whether they may be so
 * Left out  -
 */
import { Opcode } from './constants.ts';
import type { RowVerdict, TraceRow } from './frame-trace.ts';
import { spacedHex } from './printable.ts';

interface OpcodeMeaning {
  name: string;
  section: string;
}

const opcodes = new Map<number, OpcodeMeaning>([
  [Opcode.continuation, { name: 'continuation', section: '§5.4' }],
  [Opcode.text, { name: 'text', section: '§5.6' }],
  [Opcode.binary, { name: 'binary', section: '§5.6' }],
  [Opcode.close, { name: 'close', section: '§5.5.1' }],
  [Opcode.ping, { name: 'ping', section: '§5.5.2' }],
  [Opcode.pong, { name: 'pong', section: '§5.5.3' }],
]);

/** The name of an opcode: `text`, `ping`, ...; `opcode 0x3` for one that is not defined. */
export function opcodeName(opcode: number): string {
  return opcodes.get(opcode)?.name ?? `opcode 0x${opcode.toString(16)}`;
}

/** The section that an opcode is explained in. */
export function opcodeSection(opcode: number): string {
  return `RFC 6455 ${opcodes.get(opcode)?.section ?? '§5.2'}`;
}

/** The rows of the header that `source` is, as far as it is there. */
export function headerRows(source: Buffer, byteOffset: number, extensionBits: number): TraceRow[] {
  const rows = new Rows(source, byteOffset);
  const [first, second] = [source[0], source[1]];
  if (first !== undefined) addFirstByte(rows, first, extensionBits);
  if (second === undefined) return rows.rows;
  const short = second & 0b0111_1111;
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const masked = (second & 0b1000_0000) !== 0;
  addSecondByte(rows, masked, short, lengthBytes);
  if (lengthBytes > 0) {
    // Exact for all 64 bits; what is cut short is not shown as a number.
    const digits = source.toString('hex', 2, 2 + lengthBytes) || '0';
    const length = BigInt(`0x${digits}`).toString();
    rows.bytes(2, lengthBytes, 'extendedLength', length, 'bytes of payload', '§5.2');
  }
  if (masked) {
    const start = 2 + lengthBytes;
    const key = spacedHex(source.subarray(start, start + 4));
    rows.bytes(start, 4, 'maskingKey', key, 'the payload is XORed with it', '§5.3');
  }
  return rows.rows;
}

function addFirstByte(rows: Rows, first: number, extensionBits: number): void {
  const fin = (first & 0b1000_0000) !== 0;
  const opcode = first & 0b0000_1111;
  const control = opcode >= Opcode.close;
  const finMeaning = control
    ? ['a control frame in pieces', 'whole, as control frames are']
    : ['more frames of the message follow', 'the last frame of its message'];
  rows.bits(0, 1, 'fin', String(Number(fin)), finMeaning[Number(fin)]!, control ? '§5.5' : '§5.2');
  // MUST (RFC 6455 §5.2): RSV bits are 0 unless an extension defines them; none does so on control
  // frames.
  const owned = control ? 0 : extensionBits;
  for (const [index, bit] of [0b0100_0000, 0b0010_0000, 0b0001_0000].entries()) {
    const set = (first & bit) !== 0;
    const reserved = set && (owned & bit) === 0;
    let meaning = reserved ? 'no extension uses it' : 'not used';
    if ((owned & bit) !== 0) meaning = set ? 'set by an extension' : 'not set by its extension';
    if (index === 0 && (owned & bit) !== 0) meaning = set ? 'compressed' : 'not compressed';
    const verdict = reserved ? 'ERR_WS_RESERVED_BITS' : 'ok';
    const section = index === 0 && (owned & bit) !== 0 ? 'RFC 7692 §6' : '§5.2';
    const name = `rsv${index + 1}`;
    rows.bits(1 + index, 1, name, String(Number(set)), meaning, section, verdict);
  }
  const name = opcodes.get(opcode)?.name ?? 'not defined';
  rows.bits(4, 4, 'opcode', `0x${opcode.toString(16)}`, name, opcodeSection(opcode));
}

function addSecondByte(rows: Rows, masked: boolean, short: number, lengthBytes: number): void {
  const mask = masked ? 'masked, as a client does' : 'not masked, as a server does';
  rows.bits(8, 1, 'mask', String(Number(masked)), mask, '§5.1');
  const length =
    lengthBytes === 0 ? 'bytes of payload' : `the length is in the next ${lengthBytes} bytes`;
  rows.bits(9, 7, 'length', String(short), length, '§5.2');
}

/** Rows of one header, and where it lies. */
class Rows {
  readonly rows: TraceRow[] = [];
  readonly #source: Buffer;
  readonly #byteOffset: number;

  constructor(source: Buffer, byteOffset: number) {
    this.#source = source;
    this.#byteOffset = byteOffset;
  }

  /** A field of `count` bits of one byte, from the bit `first` of the frame. */
  bits(
    first: number,
    count: number,
    name: string,
    value: string,
    meaning: string,
    section: string,
    verdict: RowVerdict = 'ok',
  ): void {
    const index = first >>> 3;
    const all = this.#source[index]!.toString(2).padStart(8, '0');
    const from = first & 7;
    const shown = all
      .slice(from, from + count)
      .padStart(from + count, '.')
      .padEnd(8, '.');
    const start = this.#byteOffset + index;
    this.rows.push({
      byteRange: [start, start + 1],
      bitRange: [first, first + count],
      bits: `${shown.slice(0, 4)} ${shown.slice(4)}`,
      name,
      value,
      meaning,
      section: withDocument(section),
      verdict,
    });
  }

  /** A field of `count` whole bytes; told as incomplete if not all are there. */
  bytes(
    start: number,
    count: number,
    name: string,
    value: string,
    meaning: string,
    section: string,
  ): void {
    const there = Math.min(this.#source.length - start, count);
    if (there <= 0) return;
    const whole = there === count;
    this.rows.push({
      byteRange: [this.#byteOffset + start, this.#byteOffset + start + there],
      bitRange: [8 * start, 8 * (start + there)],
      bits: undefined,
      name,
      value: whole ? value : spacedHex(this.#source.subarray(start, start + there)),
      meaning: whole ? meaning : `${there} of ${count} bytes`,
      section: withDocument(section),
      verdict: whole ? 'ok' : 'incomplete',
    });
  }
}

function withDocument(section: string): string {
  return section.startsWith('RFC ') ? section : `RFC 6455 ${section}`;
}
