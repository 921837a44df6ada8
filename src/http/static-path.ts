/**
 * From the path of a URL to the path of a file, or to a refusal.
 *
 * Spec      RFC 3986 §2.1 percent-encoding, §3.3 path
 * Next      io/static-files.ts - opens what passes here, and checks links once more
 * Left out  listings of folders
 *
 *   docs/a%20b.html    serve "docs/a b.html"
 *   docs/              serve "docs/index.html"
 *   ../x  .git/x       refused: dot-files, and so every climb
 *   %252e%252e/x       refused: decoded once it still looks encoded
 *   a%2fb  a\b  c:x    refused: a name that some system reads as a path
 */

/** What becomes of a path. */
export type StaticPathDecision =
  | { kind: 'serve'; path: string }
  | { kind: 'refuse'; reason: string };

/**
 * Decides on a path, given without its leading slash and as it was sent. The path to serve is
 * relative, parted by "/", and stays below its folder on every system.
 */
export function decideStaticPath(path: string): StaticPathDecision {
  const rawSegments = path.split('/');
  const last = rawSegments.length - 1;
  const segments: string[] = [];
  for (const [index, raw] of rawSegments.entries()) {
    const name = raw === '' && index === last ? 'index.html' : decodeOnce(raw);
    if (name === undefined) return refuse('percent-encoding is broken');
    const reason = refusalOfName(name);
    if (reason !== undefined) return refuse(reason);
    segments.push(name);
  }
  return { kind: 'serve', path: segments.join('/') };
}

function decodeOnce(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function refusalOfName(name: string): string | undefined {
  if (name === '') return 'a segment is empty';
  // "." and ".." are caught here too.
  if (name.startsWith('.')) return 'a name begins with a dot';
  // What would part a path, name a drive or a stream (Windows), or end a name early (NUL).
  if (/[/\\:\u0000-\u001f\u007f]/.test(name)) return 'a name holds a character of paths';
  if (/%[0-9a-f]{2}/i.test(name)) return 'a name is encoded twice';
  // Windows drops these and would open another file than was checked.
  if (/[. ]$/.test(name)) return 'a name ends with a dot or a space';
  return undefined;
}

function refuse(reason: string): StaticPathDecision {
  return { kind: 'refuse', reason };
}
