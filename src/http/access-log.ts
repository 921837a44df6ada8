/**
 * The access log: one line for each request.
 *
 * Spec      -
 * Next      io/request-log.ts - measures and writes
 * Left out  queries, which may hold secrets; names of users; files and their rotation
 *
 *   2026-11-23T09:30:00.000Z 127.0.0.1 GET /chat 200 5120 3ms
 *   2026-11-23T09:30:01.000Z ::1 GET /big 200 65536 812ms aborted
 *   2026-11-23T09:30:02.000Z 127.0.0.1 - - 431 128 -
 *
 *   time, remote address, method, path, status, bytes sent, milliseconds; "-" for what is not known
 */

/** What one line tells. */
export interface AccessRecord {
  time: Date;
  remoteAddress: string | undefined;
  method: string | undefined;
  /** The request target as it was sent; its query is left out of the line. */
  target: string | undefined;
  /** Absent where no response was begun. */
  status: number | undefined;
  /** What was written for this response, head and body. */
  bytes: number;
  milliseconds: number | undefined;
  /** The connection ended before the response did. */
  aborted: boolean;
}

const maxTargetCharacters = 1024;

/** Writes one line, without its line end: whatever the fields hold, it stays one line. */
export function serializeAccessLine(record: AccessRecord): string {
  const [path] = record.target?.slice(0, maxTargetCharacters).split(/[?#]/, 1) ?? [];
  const fields = [
    record.time.toISOString(),
    escapeField(record.remoteAddress),
    escapeField(record.method),
    escapeField(path),
    record.status ?? '-',
    record.bytes,
    record.milliseconds === undefined ? '-' : `${Math.round(record.milliseconds)}ms`,
  ];
  return `${fields.join(' ')}${record.aborted ? ' aborted' : ''}`;
}

/** One word: spaces, controls and all beyond ASCII are written as \xHH or \uHHHH. */
function escapeField(text: string | undefined): string {
  if (text === undefined || text === '') return '-';
  return text.replace(/[^\x21-\x5b\x5d-\x7e]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}
