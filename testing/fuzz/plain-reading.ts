/**
 * A second opinion on every stream: RFC 6455 read frame after frame from bytes that are all there.
 *
 * Spec      RFC 6455 §5.1-§5.5, §5.5.1, §7.4, §8.1
 * Next      frames-target.ts, connection-target.ts - hold the fast and patient code to this
 * Left out  splits, memory, pausing: all that makes the real one hard
 *
 * Rules are judged in the order in which their bytes come, so that there is one answer to which of
 * several broken rules counts.
 */
import { isUtf8 } from 'node:buffer';
import { maskPlain } from '../../src/websocket/mask.ts';
import { toyDecode } from './toy-codec.ts';

/** What a header may be. */
export interface HeaderRules {
  expectMasked: boolean;
  /** RSV bits that are allowed on data frames. */
  extensionBits: number;
  /** The largest payload of a data frame. */
  limitBytes: number;
}

/** A header that keeps the rules. */
export interface PlainHeader {
  fin: boolean;
  rsv1: boolean;
  opcode: number;
  length: number;
  maskingKey: number;
  payloadStart: number;
}

/** Reads a header: a header, the code of the rule it breaks, or undefined if more is to come. */
export function readHeader(
  bytes: Buffer,
  at: number,
  rules: HeaderRules,
): PlainHeader | string | undefined {
  if (bytes.length - at < 2) return undefined;
  const [first, second] = [bytes[at]!, bytes[at + 1]!];
  const opcode = first % 16;
  const isControl = opcode >= 8;
  const fin = first >= 128;
  const masked = second >= 128;
  const short = second % 128;
  if ((first & 0b0111_0000 & ~(isControl ? 0 : rules.extensionBits)) !== 0)
    return 'ERR_WS_RESERVED_BITS';
  if (![0, 1, 2, 8, 9, 10].includes(opcode)) return 'ERR_WS_OPCODE';
  if (masked !== rules.expectMasked)
    return rules.expectMasked ? 'ERR_WS_MASK_REQUIRED' : 'ERR_WS_MASK_FORBIDDEN';
  if (isControl && !fin) return 'ERR_WS_CONTROL_FRAGMENTED';
  if (isControl && short > 125) return 'ERR_WS_CONTROL_TOO_LONG';
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0;
  const payloadStart = at + 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < payloadStart) return undefined;
  let length = BigInt(short);
  if (lengthBytes === 2) length = BigInt(bytes.readUInt16BE(at + 2));
  if (lengthBytes === 8) length = bytes.readBigUInt64BE(at + 2);
  if (length >= 2n ** 63n) return 'ERR_WS_LENGTH_HIGH_BIT';
  if (lengthBytes === 2 && length < 126n) return 'ERR_WS_LENGTH_NOT_MINIMAL';
  if (lengthBytes === 8 && length < 65536n) return 'ERR_WS_LENGTH_NOT_MINIMAL';
  if (!isControl && length > rules.limitBytes) return 'ERR_WS_MESSAGE_TOO_BIG';
  const maskingKey = masked ? bytes.readUInt32BE(payloadStart - 4) : 0;
  const rsv1 = (first & 0b0100_0000) !== 0;
  return { fin, rsv1, opcode, length: Number(length), maskingKey, payloadStart };
}

/** The payload behind a header, in clear, as far as it is there. */
export function readPayload(bytes: Buffer, header: PlainHeader): Buffer {
  const { payloadStart, length, maskingKey } = header;
  const payload = Buffer.from(bytes.subarray(payloadStart, payloadStart + length));
  maskPlain(payload, 0, payload.length, maskingKey);
  return payload;
}

/** How a connection is set up, and what it did before. */
export interface PlainOptions {
  expectMasked: boolean;
  maxMessageBytes: number;
  maxFragments: number;
  skipUtf8Validation: boolean;
  autoPong: boolean;
  /** Whether a close frame was sent before anything came. */
  closing: boolean;
  /** Whether RSV1 means that ToyCodec has encoded a message. */
  codec: boolean;
}

/** What a stream means. */
export interface PlainReading {
  /** `text 4869`, `ping `, ...; last `closed CODE ...`, if the stream ends the connection. */
  events: string[];
  /** What is sent in answer: opcode and payload in hex; of our own error only the code. */
  sent: string[];
  /** Where the frame began that broke a rule. */
  errorOffset: number | undefined;
  /** Bytes of payload announced by headers that keep the rules. */
  announcedBytes: number;
}

/** Reads a whole stream. */
export function readPlainly(bytes: Buffer, options: PlainOptions): PlainReading {
  const reading: PlainReading = { events: [], sent: [], errorOffset: undefined, announcedBytes: 0 };
  const { events, sent } = reading;
  const { expectMasked, maxMessageBytes } = options;
  const extensionBits = options.codec ? 0b0100_0000 : 0;
  let message: Buffer[] | undefined;
  let kind = 'binary';
  let isEncoded = false;
  let fragments = 0;
  const fail = (code: string, at: number) => {
    events.push(`closed 1006 ${code}`);
    reading.errorOffset = at;
    if (!options.closing) sent.push(`8 ${closeCodeOf(code)}`);
    return reading;
  };
  for (let at = 0; ;) {
    const collected = message?.reduce((sum, part) => sum + part.length, 0) ?? 0;
    const limitBytes = maxMessageBytes - collected;
    const header = readHeader(bytes, at, { expectMasked, extensionBits, limitBytes });
    if (header === undefined) return reading;
    if (typeof header === 'string') return fail(header, at);
    const { opcode, fin, length } = header;
    reading.announcedBytes += length;
    const payload = readPayload(bytes, header);
    const complete = payload.length === length;
    if (opcode >= 8) {
      if (!complete) return reading;
      if (opcode === 8) return readClose(reading, payload, options, (code) => fail(code, at));
      events.push(`${opcode === 9 ? 'ping' : 'pong'} ${payload.toString('hex')}`);
      const answers = opcode === 9 && options.autoPong && !options.closing;
      if (answers) sent.push(`10 ${payload.toString('hex')}`);
    } else {
      if ((opcode === 0) !== (message !== undefined)) return fail('ERR_WS_FRAGMENT_ORDER', at);
      if (opcode === 0 && header.rsv1) return fail('ERR_WS_RESERVED_BITS', at);
      if (opcode !== 0) {
        [message, kind, fragments] = [[], opcode === 1 ? 'text' : 'binary', 0];
        isEncoded = header.rsv1;
      }
      if (++fragments > options.maxFragments) return fail('ERR_WS_TOO_MANY_FRAGMENTS', at);
      message!.push(payload);
      let whole: Buffer = Buffer.concat(message!);
      const isWhole = fin && complete;
      if (isEncoded && isWhole) {
        const decoded = toyDecode(whole, maxMessageBytes);
        if (decoded instanceof Error) return fail(decoded.code, at);
        whole = decoded;
      }
      if (kind === 'text' && !options.skipUtf8Validation && (isWhole || !isEncoded)) {
        const good = isWhole ? isUtf8(whole) : beginsUtf8(whole);
        if (!good) return fail('ERR_WS_INVALID_UTF8', at);
      }
      if (!complete) return reading;
      if (fin) {
        events.push(`${kind} ${whole.toString('hex')}`);
        message = undefined;
      }
    }
    at = header.payloadStart + length;
  }
}

function readClose(
  reading: PlainReading,
  payload: Buffer,
  options: PlainOptions,
  fail: (code: string) => PlainReading,
): PlainReading {
  const code = payload.length === 0 ? 1005 : payload.length === 1 ? 0 : payload.readUInt16BE(0);
  if (payload.length === 1) return fail('ERR_WS_CLOSE_PAYLOAD');
  const registered = code >= 1000 && code <= 1014 && ![1004, 1006].includes(code);
  const inFrame = payload.length === 0 || code !== 1005;
  if (!inFrame || !(registered || (code >= 3000 && code <= 4999))) return fail('ERR_WS_CLOSE_CODE');
  if (!isUtf8(payload.subarray(2))) return fail('ERR_WS_INVALID_UTF8');
  if (!options.closing) reading.sent.push(`8 ${payload.toString('hex')}`);
  reading.events.push(`closed ${code} ${payload.toString('hex', 2)} clean`);
  return reading;
}

/** The close code that goes with a broken rule. */
export function closeCodeOf(code: string): number {
  if (code === 'ERR_WS_MESSAGE_TOO_BIG') return 1009;
  if (code === 'ERR_WS_INVALID_UTF8' || code === 'ERR_WS_INFLATE') return 1007;
  return code === 'ERR_WS_TOO_MANY_FRAGMENTS' ? 1008 : 1002;
}

/** Whether bytes are UTF-8, or would be with something behind them. */
export function beginsUtf8(bytes: Buffer): boolean {
  const tails = ['', '80', '90', 'a0', '8080', '9080', 'a080', '808080', '908080', 'a08080'];
  return tails.some((tail) => isUtf8(Buffer.concat([bytes, Buffer.from(tail, 'hex')])));
}
