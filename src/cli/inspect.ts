/**
 * `barewire inspect`: reads bytes, a file or standard input, and explains what is in them.
 *
 * Spec      -
 * Next      inspection.ts - what is done with the bytes
 * Left out  -
 *
 *   stdout      a table for each frame, or with --json an object for each, then a summary
 *   exit code   0 all valid   1 a rule is broken, or bytes are missing   2 nothing could be read
 */
import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import { brokenRule, WebSocketError } from '../websocket/index.ts';
import type { BrokenRule } from '../websocket/index.ts';
import { readExtensions } from './inspect-deflate.ts';
import { findingToJson, serializeLine, summaryToJson } from './inspect-json.ts';
import { inspectHelp, parseInspectOptions } from './inspect-options.ts';
import { arrivals } from './inspect-source.ts';
import { formatFinding, formatSummary } from './inspect-text.ts';
import type { Inflated } from './inspect-text.ts';
import { Inspection } from './inspection.ts';
import type { Finding } from './inspection.ts';

/** How much is gathered before it is written, in characters. */
const writtenAtOnce = 64 * 1024;

/** Runs the command; sets the exit code. Throws a UsageError if nothing can be read. */
export async function inspect(args: readonly string[]): Promise<void> {
  const { help, json, role, source } = parseInspectOptions(args);
  if (help || source === undefined) return write(inspectHelp);
  const inspection = new Inspection({ readExtensions });
  exitQuietly(() => (inspection.summary.problems.length > 0 ? 1 : 0));
  let arrows = false;
  const say = async (findings: readonly Finding[]): Promise<void> => {
    let text = '';
    for (const finding of findings) {
      const inflated = await inflate(finding, inspection);
      text += json
        ? serializeLine(findingToJson(finding, inflated))
        : formatFinding(finding, arrows, inflated);
      if (text.length < writtenAtOnce) continue;
      await write(text);
      text = '';
    }
    await write(text);
  };
  for await (const { sender, bytes, isCapture } of arrivals(source, role)) {
    arrows = isCapture;
    await say(inspection.push(sender, bytes));
  }
  await say(inspection.end());
  const { summary } = inspection;
  await write(json ? serializeLine(summaryToJson(summary)) : formatSummary(summary, arrows));
  process.exitCode = summary.problems.length > 0 ? 1 : 0;
}

/** Inflates the message that a frame ends, if that was agreed on. */
async function inflate(
  finding: Finding,
  inspection: Inspection,
): Promise<Inflated | BrokenRule | undefined> {
  if (finding.kind !== 'frame' || finding.message?.compressed !== true) return undefined;
  const { sender, byteOffset } = finding.trace;
  const { kind, payload, bytes } = finding.message;
  const inflater = inspection.inflateOf(sender);
  if (inflater === undefined) return undefined;
  // Of a message that is too long to be kept there is only the beginning.
  let clear = await inflater(payload.length < bytes ? undefined : payload);
  if (clear === undefined) return undefined;
  if (!(clear instanceof WebSocketError) && kind === 'text' && !isUtf8(clear)) {
    const what = 'expected text in UTF-8, got other bytes';
    clear = new WebSocketError('ERR_WS_INVALID_UTF8', what, '§8.1', 1007);
  }
  if (!(clear instanceof WebSocketError)) return { payload: clear, bytes: clear.length };
  inspection.report({ sender, code: clear.code, byteOffset });
  return brokenRule(clear, byteOffset);
}

/** Writes to standard output, no faster than it is read. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Whoever reads the output may stop reading, as `head` does: that is no failure. */
function exitQuietly(code: () => number): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(code());
  });
}
