/**
 * The error for a request that is no proper opening handshake.
 *
 * Spec      RFC 6455 §4.2.1 what a server must be asked
 * Next      io/server.ts - hands it to the listeners of `wsClientError`
 * Left out  requests that are proper and refused all the same: those are decisions, not errors
 */
import { ProtocolError } from '../shared/index.ts';

/** A client broke a rule of the opening handshake; `status` is what it is to be answered. */
export class UpgradeRequestError extends ProtocolError {
  readonly status: number;

  constructor(message: string, status: number) {
    super('ERR_WS_UPGRADE_REQUEST', message, 'RFC 6455 §4.2.1');
    this.status = status;
  }
}
