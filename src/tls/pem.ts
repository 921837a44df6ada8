/**
 * PEM: bytes as lines of base64 between two marks.
 *
 * Spec      RFC 7468 §2, §3
 * Next      io/credential-files.ts - writes and reads such files
 * Left out  headers inside of a block, which old encrypted keys had
 *
 *   -----BEGIN CERTIFICATE-----
 *   64 characters a line
 *   -----END CERTIFICATE-----
 */

/** What a block holds. */
export type PemLabel = 'CERTIFICATE' | 'PRIVATE KEY';

/** Bytes as one PEM block, with a line end behind it. */
export function toPem(label: PemLabel, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/** The bytes of the first block with this label; undefined if there is none. */
export function fromPem(label: PemLabel, text: string): Buffer | undefined {
  const begin = `-----BEGIN ${label}-----`;
  const start = text.indexOf(begin);
  const end = text.indexOf(`-----END ${label}-----`, start + begin.length);
  if (start < 0 || end < 0) return undefined;
  const base64 = text.slice(start + begin.length, end).replace(/[ \t\r\n]/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}
