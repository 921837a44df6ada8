/**
 * What an inspection found, for programs: objects as docs/websocket/frames.md explains them.
 *
 * Spec      -
 * Next      inspect.ts - prints one a line
 * Left out  payloads beyond the first MiB
 */
import { escapeControls } from '../websocket/index.ts';
import type { BrokenRule, TracedMessage } from '../websocket/index.ts';
import type { Inflated } from './inspect-text.ts';
import type { Finding, Summary } from './inspection.ts';

/** Turns a finding into an object without Buffers. */
export function findingToJson(finding: Finding, inflated?: Inflated | BrokenRule): object {
  switch (finding.kind) {
    case 'handshake': {
      const { sender, bytes, lines, verdict } = finding.report;
      return { type: 'handshake', sender, bytes, lines, verdict };
    }
    case 'frame':
      return frameToJson(finding, inflated);
    case 'closed':
      return { type: 'closed', by: finding.by, both: finding.both };
    case 'rest': {
      const { byteOffset, bytes, rule } = finding.rest;
      return { type: 'rest', sender: finding.sender, byteOffset, bytes, verdict: rule };
    }
    case 'body':
      return { type: 'body', bytes: finding.bytes };
  }
}

function frameToJson(
  { number, trace, message }: Finding & { kind: 'frame' },
  inflated: Inflated | BrokenRule | undefined,
): object {
  const { sender, byteOffset, bytesRead, header, rows, payload, payloadKind, verdict } = trace;
  return {
    type: 'frame',
    number,
    sender,
    byteOffset,
    bytes: bytesRead,
    header,
    fields: rows,
    payload: payload.toString('hex'),
    payloadKind,
    verdict,
    message: message && {
      kind: message.kind,
      compressed: message.compressed,
      frames: message.frames,
      bytes: message.bytes,
      ...contentOf(message, message.compressed ? inflated : message),
    },
  };
}

function contentOf(
  { kind, compressed }: TracedMessage,
  clear: Inflated | BrokenRule | undefined,
): object {
  if (clear === undefined) return {};
  if ('code' in clear) return { verdict: clear };
  const { payload, bytes } = clear;
  const content =
    kind === 'text' ? { text: payload.toString() } : { data: payload.toString('hex') };
  return compressed ? { inflatedBytes: bytes, ...content } : content;
}

/** One line of JSON. What JSON leaves as it is and a terminal obeys is escaped too. */
export function serializeLine(value: object): string {
  return `${escapeControls(JSON.stringify(value))}\n`;
}

/** The last object: what it all comes to. */
export function summaryToJson({ problems, ...counts }: Summary): object {
  return { type: 'end', ...counts, problems, valid: problems.length === 0 };
}
