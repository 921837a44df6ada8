/**
 * What a handler throws, as an answer.
 *
 * Spec      RFC 9110 §15.5, §15.6.1 500
 * Next      handle-requests.ts - calls it
 * Left out  pages for errors: the text is short and plain
 *
 *   thrown             response not begun         response begun
 *   HttpError          its status and text        connection destroyed: the client must not
 *   anything else      500, a neutral text        take half an answer for a whole one
 */
import { HttpError } from '../http-error.ts';
import type { Exchange } from './exchange.ts';
import { respondText } from './respond.ts';

/**
 * Ends the response of a handler that failed. Whatever headers the handler had set are dropped, but
 * for those in `keep`. What is not an HttpError goes to `onError`, never to the peer.
 */
export function respondError(
  exchange: Exchange,
  error: unknown,
  keep: readonly (readonly [string, string])[],
  onError: (error: unknown) => void,
): void {
  const { response } = exchange;
  if (!(error instanceof HttpError)) onError(error);
  if (response.headersSent) {
    // A response that is whole already stays as it is.
    if (!response.writableEnded) response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  for (const [name, value] of keep) response.setHeader(name, value);
  const { status, text, headers } =
    error instanceof HttpError
      ? error
      : { status: 500, text: 'something went wrong on the server', headers: {} };
  respondText(exchange, `${text}\n`, { status, headers });
}
