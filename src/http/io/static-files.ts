/**
 * Files of a folder, served with their type, a version, and nothing from outside of the folder.
 *
 * Spec      RFC 9110 §8.8.3 ETag, §13.1.2 If-None-Match, §15.4.5 304; RFC 9111 §5.2.2.4 no-cache
 * Next      ../static-path.ts - which paths are refused; ../entity-tag.ts
 * Left out  ranges, compression, listings, If-Modified-Since
 */
import { realpathSync } from 'node:fs';
import { constants, open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { serializeHttpDate } from '../../shared/index.ts';
import { contentTypeOf } from '../content-type.ts';
import { fileEntityTag, matchesEntityTag } from '../entity-tag.ts';
import { HttpError } from '../http-error.ts';
import { decideStaticPath } from '../static-path.ts';
import type { Exchange, Handler } from './exchange.ts';

/**
 * A handler for the files of a folder: the file is what `*` of the route's pattern matched, or else
 * the whole path. Throws at once if there is no such folder.
 */
export function staticFiles(folder: string): Handler {
  const root = realpathSync(folder);
  return (exchange) =>
    serveFile(exchange, root, exchange.params.get('*') ?? exchange.path.slice(1));
}

/**
 * Answers with one file of a folder. `path` is relative and percent-encoded, as in a URL. Rejects
 * with an HttpError: 404 for what is not to be had, whatever the reason, 405 for all but GET, HEAD.
 */
export async function serveFile(exchange: Exchange, folder: string, path: string): Promise<void> {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
    throw new HttpError(405, 'a file can only be read', { headers: { Allow: 'GET, HEAD' } });
  }
  const decision = decideStaticPath(path);
  if (decision.kind === 'refuse') throw notFound();
  const file = await openWithin(folder, decision.path);
  try {
    await respondFile(exchange, file, decision.path);
  } finally {
    await file.close();
  }
}

// What the system says where a path leads to no file, or to none that we may see.
const absent = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO']);

/** Opens a file whose real path, every link followed, lies in the folder. */
async function openWithin(folder: string, path: string): Promise<FileHandle> {
  try {
    const root = await realpath(folder);
    const real = await realpath(join(root, path));
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) throw notFound();
    // The path is real now: a link would have been put there since. NONBLOCK: a FIFO would wait.
    const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    return await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw absent.has(code) ? notFound(error) : error;
  }
}

async function respondFile(exchange: Exchange, file: FileHandle, path: string): Promise<void> {
  const { request, response, method } = exchange;
  const stats = await file.stat({ bigint: true });
  if (!stats.isFile()) throw notFound();
  const sizeBytes = Number(stats.size);
  const entityTag = fileEntityTag(stats.size, stats.mtimeNs);
  response.setHeader('ETag', entityTag);
  response.setHeader('Last-Modified', serializeHttpDate(stats.mtime));
  // Kept by browsers, but asked about each time.
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-cache');
  if (matchesEntityTag(request.headers['if-none-match'] ?? '', entityTag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.setHeader('Content-Type', contentTypeOf(path));
  response.setHeader('Content-Length', sizeBytes);
  if (method === 'HEAD' || sizeBytes === 0) response.end();
  else await sendFile(exchange, file, sizeBytes);
}

async function sendFile(
  { response }: Exchange,
  file: FileHandle,
  sizeBytes: number,
): Promise<void> {
  const stream = file.createReadStream({ end: sizeBytes - 1, autoClose: false });
  try {
    await pipeline(stream, response, { end: false });
  } catch (error) {
    response.destroy();
    // A client that leaves in the middle is nobody's mistake.
    if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    throw error;
  }
  // A file that shrank meanwhile would leave the client waiting for the rest.
  if (stream.bytesRead === sizeBytes) response.end();
  else response.destroy();
}

function notFound(cause?: unknown): HttpError {
  return new HttpError(404, 'there is no such file', { cause });
}
