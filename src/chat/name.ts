/**
 * What people and rooms may be called, and which names are the same name.
 *
 * Spec      Unicode: UAX #15 (NFC), UAX #44 (the categories in the patterns below), UAX #9 (bidi)
 * Next      protocol.ts - reads names through here; room.ts - compares them
 * Left out  letters of different scripts that look alike (UTS #39): Latin a and Cyrillic а are two
 *
 * A name is brought to NFC, each run of white space becomes one space, the ends are trimmed; what
 * is left has 1 to so many code points. Two names are the same if they are equal after that and
 * without their joiners, which are seldom seen: "José" typed in two ways is one person.
 *
 *   refused                            why
 *   controls, line breaks (Cc Zl Zp)   they move the cursor of a terminal
 *   format characters (Cf), ignorable  bidi overrides turn the line round, others are not seen
 *   Braille blank U+2800               looks like nothing
 *   lone surrogates (Cs)               have no UTF-8
 *   a combining mark in front (M)      would sit on the character before the name
 */

// The joiners that scripts and emoji need inside a name: ZWNJ, ZWJ and the variation selectors.
const joiners = /[\u200c\u200d\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
const refused = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The name that a text stands for, or undefined if it stands for none. */
export function parseName(text: string, maxCodePoints: number): string | undefined {
  if (refused.test(text.replace(joiners, ''))) return undefined;
  const name = tidy(text);
  const key = nameKey(name);
  if (key === '' || /^\p{M}/u.test(key)) return undefined;
  return [...name].length <= maxCodePoints ? name : undefined;
}

/** What names are compared by: two names with one key are the same name. */
export function nameKey(name: string): string {
  return tidy(name.replace(joiners, ''));
}

function tidy(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim();
}
