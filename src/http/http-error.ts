/**
 * An error that is the answer: a status, and a text written for the peer.
 *
 * Spec      RFC 9110 §15.5 client errors, §15.6 server errors
 * Next      io/respond-error.ts - turns it into a response
 * Left out  problem documents (RFC 9457)
 */
import { ProtocolError } from '../shared/index.ts';

/** What an HttpError can carry besides its status and text. */
export interface HttpErrorOptions extends ErrorOptions {
  /** Headers of the answer, `Allow` for example. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * Thrown by a handler to answer with an error. `text` goes to the peer, so it holds nothing
 * internal. `code` is `ERR_HTTP_` and the status: `ERR_HTTP_404`. Throws a RangeError for a status
 * that is not one of an error.
 */
export class HttpError extends ProtocolError {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, options: HttpErrorOptions = {}) {
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`status must be one of an error, 400 to 599, got ${status}`);
    }
    const section = status < 500 ? 'RFC 9110 §15.5' : 'RFC 9110 §15.6';
    super(`ERR_HTTP_${status}`, text, section, options);
    this.status = status;
    this.text = text;
    this.headers = options.headers ?? {};
  }
}
