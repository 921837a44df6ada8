/**
 * What an inspection found, for people.
 *
 * Spec      -
 * Next      ../websocket/format-trace.ts - the table of a frame
 * Left out  colours
 */
import { escapeControls, formatTrace, hexDump, quoteText } from '../websocket/index.ts';
import type { BrokenRule, Role, TracedMessage } from '../websocket/index.ts';
import type { HandshakeReport, HandshakeVerdict } from './captured-handshake.ts';
import type { Finding, Problem, Summary } from './inspection.ts';

const messageCharacters = 512;
const messageLines = 8;

/** A message in clear, or the rule that its inflating broke. */
export interface Inflated {
  payload: Buffer;
  bytes: number;
}

/** Writes a finding as lines. With `arrows` each says whose it is: `>` the client's, `<` not. */
export function formatFinding(
  finding: Finding,
  arrows: boolean,
  inflated?: Inflated | BrokenRule,
): string {
  const arrow = (sender: Role | undefined) =>
    !arrows || sender === undefined ? '' : sender === 'client' ? '> ' : '< ';
  switch (finding.kind) {
    case 'handshake':
      return arrow(finding.report.sender) + formatHandshake(finding.report);
    case 'frame': {
      const { trace, message } = finding;
      const table = arrow(trace.sender) + formatTrace(trace);
      return [table, ...messageLinesOf(message, inflated), '\n'].join('');
    }
    case 'closed': {
      const other = finding.by === 'client' ? 'server' : 'client';
      const state = finding.both
        ? `the ${finding.by} has closed too: the closing handshake is complete`
        : `the ${finding.by} has closed: the ${other} answers with a close frame`;
      return arrows ? `${state} (RFC 6455 §7.1.2)\n\n` : '';
    }
    case 'rest': {
      const { byteOffset, bytes, rule } = finding.rest;
      const what = rule === undefined ? 'not read: a broken rule ends the connection' : rule.code;
      const detail = rule === undefined ? '' : `  ${rule.message}\n`;
      const where = `${arrow(finding.sender)}byte ${byteOffset}`;
      return `${where}: ${plural(bytes, 'more byte')}, ${what}\n${detail}\n`;
    }
    case 'body':
      return `${plural(finding.bytes, 'byte')} behind the handshake, which are no frames\n\n`;
  }
}

function formatHandshake({ sender, bytes, lines, verdict }: HandshakeReport): string {
  const what = sender === 'client' ? 'request of a client' : 'response of a server';
  const cells = lines.map(({ text, meaning, section }) => [escapeControls(text), meaning, section]);
  const width = (column: number) => Math.max(0, ...cells.map((row) => row[column]!.length));
  // A long line, as that of a cookie, does not push the others away.
  const widths = [Math.min(60, width(0)), width(1), 0];
  const rows = cells.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd(),
  );
  return [
    `handshake: ${what}, ${plural(bytes, 'byte')}`,
    ...rows,
    `  ${say(verdict)}`,
    '',
    '',
  ].join('\n');
}

function say(verdict: HandshakeVerdict): string {
  switch (verdict.kind) {
    case 'ok':
      return 'ok';
    case 'refused':
      return `refused with status ${verdict.status}: no frames follow`;
    case 'unjudged':
      return `not judged: ${verdict.message}`;
    case 'incomplete':
      return 'incomplete: the empty line that ends it is missing';
    case 'broken':
      return `broken: ${verdict.code}\n    ${verdict.message}`;
  }
}

/** What a frame's own rows cannot say: a message of several frames, or one that was inflated. */
function messageLinesOf(
  message: TracedMessage | undefined,
  inflated: Inflated | BrokenRule | undefined,
): string[] {
  if (message === undefined) return [];
  const { kind, compressed, frames, bytes } = message;
  if (frames === 1 && !compressed) return [];
  const of = frames === 1 ? '' : ` of ${frames} frames`;
  const what = `${compressed ? 'compressed ' : ''}${kind}${of}`;
  const head = `  message: ${what}, ${plural(bytes, 'byte')}`;
  if (inflated !== undefined && 'code' in inflated) {
    return [`${head}\n    broken: ${inflated.code}\n    ${inflated.message}\n`];
  }
  if (compressed && inflated === undefined) return [`${head}, not inflated\n`];
  const clear = inflated ?? message;
  const size = compressed ? `, inflated to ${plural(clear.bytes, 'byte')}` : '';
  if (kind === 'text') {
    const text = clear.payload.subarray(0, 4 * (messageCharacters + 1)).toString();
    return [`${head}${size}: ${quoteText(text, messageCharacters)}\n`];
  }
  const dump = hexDump(clear.payload, messageLines).map((line) => `    ${line}\n`);
  const left = clear.bytes - 16 * messageLines;
  return [`${head}${size}\n`, ...dump, ...(left > 0 ? [`    ... ${left} more bytes\n`] : [])];
}

/** Writes what it comes to, in one line or a few. */
export function formatSummary(summary: Summary, arrows: boolean): string {
  const { frames, messages, bytes, closed, unfinished, problems } = summary;
  const counts = [plural(frames, 'frame'), plural(messages, 'message'), plural(bytes, 'byte')];
  const state = [
    ...unfinished.map((role) => `a message of the ${role} has not ended`),
    ...(arrows ? [stateOf(closed)] : []),
  ];
  const verdict = problems.length === 0 ? ['all valid'] : problems.map(sayProblem);
  return `${[counts.join(', '), ...state, ...verdict].join('\n')}\n`;
}

function stateOf({ client, server }: Summary['closed']): string {
  if (client && server) return 'both sides have closed';
  if (client || server) return `only the ${client ? 'client' : 'server'} has closed`;
  return 'nobody has closed';
}

function sayProblem({ sender, code, byteOffset }: Problem): string {
  const who = sender === undefined ? '' : ` of the ${sender}`;
  const where = byteOffset === undefined ? `in the handshake${who}` : `at byte ${byteOffset}${who}`;
  return code === 'INCOMPLETE' ? `incomplete: the bytes end ${where}` : `broken: ${code} ${where}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
