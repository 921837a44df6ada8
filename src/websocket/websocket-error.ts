/**
 * The error for a peer that breaks a rule of the WebSocket protocol.
 *
 * Spec      RFC 6455 §7.4.1 the close codes that such an error leads to
 * Next      protocol.ts - turns it into a close frame
 * Left out  errors of the caller, which are TypeError or RangeError
 */
import { ProtocolError } from '../shared/index.ts';

/** A peer broke a rule of RFC 6455; `closeCode` is what it is told in the close frame. */
export class WebSocketError extends ProtocolError {
  readonly closeCode: number;

  constructor(
    code: string,
    message: string,
    section: string,
    closeCode: number,
    options?: ErrorOptions,
  ) {
    super(code, message, `RFC 6455 ${section}`, options);
    this.closeCode = closeCode;
  }
}
