/**
 * Text of a peer made safe for a terminal: whatever would steer it is shown instead of obeyed.
 *
 * Spec      ECMA-48 §5.2 C0, §5.3 C1; Unicode UAX #9 §2 directional formatting characters
 * Next      connect-session.ts - shows messages
 * Left out  undoing it: a backslash of the text stays single, so that JSON stays JSON
 *
 *   U+0000-001F            C0, escape and line ends among them     \x1b \n \r \t
 *   U+007F, U+0080-009F    DEL and C1                              \x7f \x9b
 *   U+061C, U+200E-200F, U+202A-202E, U+2066-2069                  \u202e
 *                          text that would be shown in another order than it is in
 *   U+2028-2029            line ends to some programs              \u2028
 */

const steering = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const short = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** The text on one line, with every character escaped that could steer a terminal. */
export function escapeControls(text: string): string {
  return text.replace(steering, (character) => short.get(character) ?? escape(character));
}

function escape(character: string): string {
  const code = character.charCodeAt(0);
  const hex = code.toString(16);
  return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
