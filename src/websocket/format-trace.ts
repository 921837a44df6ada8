/**
 * A traced frame for people: a table, one row for each field.
 *
 * Spec      -
 * Next      printable.ts - how payloads are made fit for a terminal
 * Left out  colours
 *
 *   byte 0: text frame from a client, 11 bytes
 *     byte  bits       field       value        meaning                       RFC 6455
 *     0     1... ....  fin         1            the last frame of its message §5.2
 *     ...
 *     ok
 */
import type { FrameTrace, TraceRow, TraceVerdict } from './frame-trace.ts';
import { hexDump, quoteText } from './printable.ts';
import { opcodeName } from './trace-header-rows.ts';

/** Rows of a payload that the table shows wholly, and lines of one that it does not. */
const tableBytes = 8;
const tableCharacters = 40;
const dumpLines = 8;
const textCharacters = 512;

const titles = ['byte', 'bits', 'field', 'value', 'meaning', 'RFC 6455'];

/** Writes a trace as lines, each ended by a line feed. Holds no control character of the peer's. */
export function formatTrace(trace: FrameTrace): string {
  const table = [titles, ...trace.rows.map(cellsOf)];
  const widths = titles.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]!.length)),
  );
  const lines = table.map((cells, index) => {
    const line = cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ');
    const verdict = trace.rows[index - 1]?.verdict ?? 'ok';
    return `${line}  ${verdict === 'ok' ? '' : `<- ${verdict}`}`.trimEnd();
  });
  const all = [...lines, ...payloadLines(trace), ...verdictLines(trace.verdict)];
  return [summary(trace), ...all.map((line) => `  ${line}`.trimEnd()), ''].join('\n');
}

function summary({ byteOffset, sender, header, bytesRead, payloadKind }: FrameTrace): string {
  const bytes = bytesRead === 1 ? '1 byte' : `${bytesRead} bytes`;
  if (header === undefined) return `byte ${byteOffset}: the beginning of a frame, ${bytes}`;
  const compressed = payloadKind === 'compressed' ? 'compressed ' : '';
  const what = `${compressed}${opcodeName(header.opcode)} frame from a ${sender}`;
  return `byte ${byteOffset}: ${what}, ${bytes}`;
}

function cellsOf({ byteRange, bits, name, value, meaning, section }: TraceRow): string[] {
  const [start, end] = byteRange;
  const place = end - start > 1 ? `${start}-${end - 1}` : String(start);
  return [place, bits ?? '', name, value, meaning, section.replace(/^RFC 6455 /, '')];
}

/** What the table had to cut short. */
function payloadLines({ rows, payload, payloadKind }: FrameTrace): string[] {
  const row = rows.find(({ name }) => name === 'payload');
  if (row === undefined || payload.length <= tableBytes) return [];
  if (payloadKind === 'text') {
    const text = payload.subarray(0, 4 * (textCharacters + 1)).toString();
    return text.length <= tableCharacters
      ? []
      : ['', `text  ${quoteText(text, textCharacters)}`, ''];
  }
  const left = row.byteRange[1] - row.byteRange[0] - 16 * dumpLines;
  const rest = left > 0 ? [`... ${left} more bytes`] : [];
  return ['', ...hexDump(payload, dumpLines), ...rest, ''];
}

function verdictLines(verdict: TraceVerdict): string[] {
  if (verdict.kind === 'ok') return ['ok'];
  if (verdict.kind === 'incomplete') {
    const { missingBytes } = verdict;
    return [`incomplete: at least ${missingBytes} more ${missingBytes === 1 ? 'byte' : 'bytes'}`];
  }
  const { code, message, byteOffset, closeCode, likelyCauses } = verdict;
  return [
    `broken at byte ${byteOffset}: ${code}, close code ${closeCode}`,
    `  ${message}`,
    ...likelyCauses.map((cause, index) =>
      index === 0 ? `  often: ${cause}` : `         ${cause}`,
    ),
  ];
}
