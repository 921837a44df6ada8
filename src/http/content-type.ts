/**
 * Which Content-Type a file is served with, by its extension.
 *
 * Spec      RFC 9110 §8.3 Content-Type; RFC 9239 text/javascript
 * Next      io/static-files.ts
 * Left out  guessing from content: X-Content-Type-Options forbids browsers to do it as well
 */

const contentTypes = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['mjs', 'text/javascript; charset=utf-8'],
  ['json', 'application/json'],
  ['map', 'application/json'],
  ['webmanifest', 'application/manifest+json'],
  ['txt', 'text/plain; charset=utf-8'],
  ['md', 'text/markdown; charset=utf-8'],
  ['xml', 'application/xml'],
  ['svg', 'image/svg+xml'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['ico', 'image/x-icon'],
  ['woff2', 'font/woff2'],
  ['wasm', 'application/wasm'],
  ['pdf', 'application/pdf'],
]);

/** The Content-Type for a file name or path; of unknown bytes where the extension is not known. */
export function contentTypeOf(path: string): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return contentTypes.get(extension) ?? 'application/octet-stream';
}
