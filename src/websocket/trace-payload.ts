/**
 * The payload of a frame, in rows: as it is on the wire, in clear, and for a close frame its parts.
 *
 * Spec      RFC 6455 §5.3 masking, §5.5.1 close, §5.6 data
 * Next      close-frame.ts, text-judge.ts - whose judgement it is
 * Left out  inflating (RFC 7692 §6.2)
 */
import { closeCodeMeaning } from './close-code-names.ts';
import { decodeClosePayload } from './close-frame.ts';
import { Opcode } from './constants.ts';
import type { PayloadKind, TraceRow } from './frame-trace.ts';
import { mask } from './mask.ts';
import { quoteText, spacedHex } from './printable.ts';
import type { BadByte, TextJudge } from './text-judge.ts';
import type { TracedHeader } from './trace-header.ts';
import { opcodeSection } from './trace-header-rows.ts';
import { WebSocketError } from './websocket-error.ts';

/** How much of a payload a row shows: bytes of it, characters of a text. */
const shownBytes = 8;
const shownCharacters = 40;

/** A copy in clear. */
export function unmasked(wire: Buffer, maskingKey: number | undefined): Buffer {
  const payload = Buffer.from(wire);
  if (maskingKey !== undefined) mask(payload, 0, payload.length, maskingKey);
  return payload;
}

/** What a payload that is whole breaks by being whole: a close frame's body, a text cut short. */
export function judgeEnd(
  header: TracedHeader,
  payload: Buffer,
  text: TextJudge | undefined,
): BadByte | undefined {
  const { opcode, fin } = header.fields!;
  if (opcode === Opcode.close) {
    const status = decodeClosePayload(payload);
    if (!(status instanceof WebSocketError)) return undefined;
    const index = status.code === 'ERR_WS_INVALID_UTF8' ? 2 : 0;
    return { index, error: status };
  }
  const error = fin && opcode < Opcode.close ? text?.end() : undefined;
  return error && { index: payload.length, error };
}

/**
 * The rows of a payload of which `count` bytes came; `payload` holds at least the first of them, in
 * clear.
 */
export function payloadRows(
  header: TracedHeader,
  payload: Buffer,
  count: number,
  kind: PayloadKind,
): TraceRow[] {
  if (count === 0) return [];
  const { opcode, payloadLength = 0 } = header.fields!;
  const end = header.bytes + count;
  const whole = count === payloadLength;
  const rows: TraceRow[] = [];
  const add = (
    from: number,
    to: number,
    name: string,
    value: string,
    meaning: string,
    section: string,
  ) =>
    rows.push({
      byteRange: [header.byteOffset + from, header.byteOffset + to],
      bitRange: [8 * from, 8 * to],
      bits: undefined,
      name,
      value,
      meaning,
      section,
      verdict: whole ? 'ok' : 'incomplete',
    });
  const start = header.bytes;
  if (header.maskingKey !== undefined) {
    const wire = unmasked(payload.subarray(0, shownBytes + 4), header.maskingKey);
    add(start, end, 'masked', shortHex(wire, count), 'the payload as it is sent', 'RFC 6455 §5.3');
  }
  if (opcode === Opcode.close && payload.length >= 2) {
    const code = payload.readUInt16BE(0);
    add(start, start + 2, 'code', String(code), closeCodeMeaning(code), 'RFC 6455 §7.4');
    if (count > 2) {
      const reason = quoteText(payload.subarray(2).toString(), shownCharacters);
      add(
        start + 2,
        end,
        'reason',
        shortHex(payload.subarray(2), count - 2),
        reason,
        'RFC 6455 §5.5.1',
      );
    }
    return rows;
  }
  const shown = payload.subarray(0, 4 * (shownCharacters + 1)).toString();
  const isText = kind === 'text' || kind === 'control';
  const what = isText ? quoteText(shown, shownCharacters) : kind;
  const meaning = whole ? what : `${count} of ${payloadLength} bytes: ${what}`;
  add(start, end, 'payload', shortHex(payload, count), meaning, opcodeSection(opcode));
  return rows;
}

function shortHex(bytes: Buffer, count: number): string {
  const shown = spacedHex(bytes.subarray(0, shownBytes));
  return count > shownBytes ? `${shown} ...` : shown;
}
