/**
 * The body of a request, up to a limit.
 *
 * Spec      RFC 9110 §8.6 Content-Length, §15.5.14 413, §15.5.16 415; RFC 8259 JSON; URL §5.1 forms
 * Next      dispatch.ts - the handlers that call it
 * Left out  multipart forms, compressed bodies, streaming. How long a body may take is the server's
 *           requestTimeoutMs
 */
import assert from 'node:assert';
import type { IncomingMessage } from 'node:http';
import { HttpError } from '../http-error.ts';
import { isUtf8MediaType } from '../media-type.ts';
import type { Exchange } from './exchange.ts';

/** How much of a body is taken. */
export interface BodyOptions {
  /** Default 64 KiB. */
  maxBytes?: number;
}

const defaultMaxBytes = 64 * 1024;

/** Reads a body. Rejects with an HttpError: 413 above the limit, 400 where the client left, 415. */
export async function readBody(exchange: Exchange, options: BodyOptions = {}): Promise<Buffer> {
  const { request } = exchange;
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  assert(!request.readableDidRead, 'a body can be read only once');
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') throw new HttpError(415, 'a compressed body is not read here');
  // The announced length is checked before a byte is taken; chunked bodies announce none.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return collect(request, maxBytes);
}

/** Reads a body of JSON. Rejects with an HttpError: 415 for another type, 400 if broken, 413. */
export async function readJson(exchange: Exchange, options?: BodyOptions): Promise<unknown> {
  const text = await readUtf8(exchange, 'application/json', options);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new HttpError(400, 'the body is not JSON', { cause });
  }
}

/** Reads the fields of an HTML form. Rejects with an HttpError: 415 for another type, 400, 413. */
export async function readForm(
  exchange: Exchange,
  options?: BodyOptions,
): Promise<URLSearchParams> {
  const text = await readUtf8(exchange, 'application/x-www-form-urlencoded', options);
  return new URLSearchParams(text);
}

async function readUtf8(exchange: Exchange, type: string, options?: BodyOptions): Promise<string> {
  if (!isUtf8MediaType(exchange.request.headers['content-type'] ?? '', type)) {
    throw new HttpError(415, `the body must be ${type} in UTF-8`);
  }
  const body = await readBody(exchange, options);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new HttpError(400, 'the body is not UTF-8', { cause });
  }
}

// Not `for await`: leaving such a loop early destroys the request, and with it the connection that
// the 413 has to travel on. What is still to come is read and dropped instead, within
// requestTimeoutMs; a client that sends all before it listens gets its answer, too.
function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let remaining = maxBytes;
    const take = (chunk: Buffer) => {
      if (remaining < chunk.length) {
        request.off('data', take).resume();
        chunks.length = 0;
        reject(tooLarge(maxBytes));
        return;
      }
      remaining -= chunk.length;
      chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => resolve(Buffer.concat(chunks)));
    const left = () => reject(new HttpError(400, 'the body ended before it was whole'));
    // After 'end' this comes too late to change anything.
    request.once('close', left).once('error', left);
  });
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `the body must have at most ${maxBytes} bytes`);
}
