/**
 * Entity tags: the names of versions, by which a client asks "is mine still the newest?".
 *
 * Spec      RFC 9110 §8.8.3 ETag, §13.1.2 If-None-Match
 * Next      io/static-files.ts
 * Left out  If-Match, If-Modified-Since, ranges
 *
 *   entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE
 *   etagc      = %x21 / %x23-7E / obs-text
 *
 *   W/"1f4-18c2a6d0b3e41f00"     weak: size and time of change in hex, not a hash of the bytes
 */

import { trimOws } from '../shared/index.ts';

/** The weak tag of a file, of its size in bytes and its time of change in nanoseconds. */
export function fileEntityTag(sizeBytes: bigint, modifiedNs: bigint): string {
  return `W/"${sizeBytes.toString(16)}-${modifiedNs.toString(16)}"`;
}

/** Whether an `If-None-Match` header names this tag, so that 304 is the answer. */
export function matchesEntityTag(ifNoneMatch: string, entityTag: string): boolean {
  if (trimOws(ifNoneMatch) === '*') return true;
  // Scanned for tags, not split at commas: a comma may stand within a tag.
  const tags: readonly string[] = ifNoneMatch.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
  // MUST (RFC 9110 §13.1.2): weak comparison, in which W/ makes no difference.
  return tags.includes(entityTag.replace(/^W\//, ''));
}
