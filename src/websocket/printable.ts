/**
 * Bytes and texts of a peer, made fit for a terminal: nothing of them can move the cursor.
 *
 * Spec      ISO/IEC 6429 control characters (C0, DEL, C1); Unicode's bidirectional controls
 * Next      format-trace.ts
 * Left out  characters that merely look alike; U+200C and U+200D, which join letters and emoji
 *
 *   0000  48 65 6c 6c 6f 00 1b 5b                          Hello..[
 *   '--'  '---------------------'                          '------'
 *   offset  bytes, 16 in a line                            ASCII, a dot for what is none
 */

const unsafe =
  /[\0-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

const short = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** A text without controls: each is replaced by what JavaScript would write for it. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return short.get(character) ?? `\\u${code}`;
  });
}

/** A text in quotes, without controls; what goes beyond `limit` code points is left out. */
export function quoteText(text: string, limit: number): string {
  // Two code units for each code point are enough, and spare walking along a long text.
  const points = [...text.slice(0, 2 * limit)];
  const shown = points.slice(0, limit).join('').replace(/["\\]/g, '\\$&');
  const more = shown.length > 0 && text.length > points.slice(0, limit).join('').length;
  return `"${escapeControls(shown)}"${more ? '...' : ''}`;
}

/** Bytes as spaced hex; what goes beyond `limit` bytes is left out. */
export function spacedHex(bytes: Uint8Array, limit = bytes.length): string {
  const shown = [...bytes.subarray(0, limit)].map((byte) => byte.toString(16).padStart(2, '0'));
  return [...shown, ...(bytes.length > limit ? ['...'] : [])].join(' ');
}

/** Lines of hex with ASCII beside it, 16 bytes each, at most `lines`. */
export function hexDump(bytes: Uint8Array, lines: number): string[] {
  const count = Math.min(lines, Math.ceil(bytes.length / 16));
  return Array.from({ length: count }, (_, line) => {
    const part = bytes.subarray(16 * line, 16 * line + 16);
    const offset = (16 * line).toString(16).padStart(4, '0');
    const ascii = [...part].map((byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
    );
    return `${offset}  ${spacedHex(part).padEnd(47)}  ${ascii.join('')}`;
  });
}
