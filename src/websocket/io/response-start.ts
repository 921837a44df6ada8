/**
 * The beginning of a response's body, for people who want to know why a server refused.
 *
 * Spec      -
 * Next      client.ts - puts it into the error
 * Left out  content encodings: what is not text reads as replacement characters
 */
import type { Readable } from 'node:stream';

/**
 * Reads at most `maxBytes` and calls `done` once: with all there is, or as soon as that many are
 * there, or with what has come when the answer, a function, is called.
 */
export function readStart(
  body: Readable,
  maxBytes: number,
  done: (text: string) => void,
): () => void {
  const chunks: Buffer[] = [];
  let missing = maxBytes;
  let isDone = false;
  const finish = () => {
    if (isDone) return;
    isDone = true;
    // Streaming, so that a character that was cut leaves nothing behind.
    done(new TextDecoder().decode(Buffer.concat(chunks), { stream: true }));
  };
  body.on('data', (chunk: Buffer) => {
    if (isDone) return;
    chunks.push(chunk.subarray(0, missing));
    missing -= Math.min(missing, chunk.length);
    if (missing === 0) finish();
  });
  // A body that breaks off is told as far as it came.
  body.once('end', finish).once('close', finish).on('error', finish);
  return finish;
}
