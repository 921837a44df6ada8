/**
 * What explains bytes to people, gathered for commands and pages.
 *
 * Spec      -
 * Next      trace.ts, trace-stream.ts, format-trace.ts
 * Left out  -
 */
export { closeCodeMeaning } from './close-code-names.ts';
export { checkUpgradeResponse } from './client-handshake.ts';
export * from './compression.ts';
export { formatTrace } from './format-trace.ts';
export { brokenRule } from './frame-trace.ts';
export type { BrokenRule, FrameTrace, PayloadKind } from './frame-trace.ts';
export type { RowVerdict, TraceRow, TraceVerdict } from './frame-trace.ts';
export { escapeControls, hexDump, quoteText, spacedHex } from './printable.ts';
export { traceFrame } from './trace.ts';
export { traceError } from './trace-error.ts';
export type { TraceOptions } from './trace-header.ts';
export { StreamTracer } from './trace-stream.ts';
export type { StreamFrame, StreamRest, StreamTracerOptions } from './trace-stream.ts';
export type { TracedMessage } from './trace-stream.ts';
