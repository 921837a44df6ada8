/**
 * The error for a peer that breaks a rule of a protocol.
 *
 * Spec      -
 * Next      the subclasses, one for each module: WebSocketError, CookieError, ...
 * Left out  errors of the caller, which are TypeError or RangeError
 */

/**
 * A peer broke a rule. `code` is stable and can be searched for (`ERR_WS_MASK_REQUIRED`); `section`
 * names the rule (`RFC 6455 §5.1`); the message says what was expected and what came instead.
 */
export class ProtocolError extends Error {
  readonly code: string;
  readonly section: string;

  constructor(code: string, message: string, section: string, options?: ErrorOptions) {
    super(`${message} (${section})`, options);
    this.name = new.target.name;
    this.code = code;
    this.section = section;
  }
}
