/**
 * The error for a peer that breaks a rule of the WebSocket protocol.
 *
 * Spec      RFC 6455 §7.4.1 the close codes that such an error leads to; RFC 7692 §7.2.2
 * Next      protocol.ts - turns it into a close frame
 * Left out  errors of the caller, which are TypeError or RangeError
 */
import { ProtocolError } from '../shared/index.ts';
import { likelyCauses } from './likely-causes.ts';

/** A frame header as a value (RFC 6455 §5.2); `payloadLength` is absent while it is not known. */
export interface FrameHeader {
  fin: boolean;
  rsv1: boolean;
  rsv2: boolean;
  rsv3: boolean;
  opcode: number;
  masked: boolean;
  payloadLength: number | undefined;
}

/** Where in the stream a rule was broken. */
export interface OffendingFrame {
  /** Where the frame begins, in bytes that the peer sent since the handshake. */
  byteOffset: number;
  header: FrameHeader;
  /** The first bytes of the frame, as far as they are at hand; 16 at most, in hex. */
  lastBytes: string;
}

/**
 * A peer broke a rule of RFC 6455; `closeCode` is what it is told in the close frame. `frame` tells
 * where, once the connection has failed; `likelyCauses` are what experience says.
 */
export class WebSocketError extends ProtocolError {
  readonly closeCode: number;
  /** The frame that broke the rule; absent where none did, as for a deadline. */
  frame: OffendingFrame | undefined;
  readonly likelyCauses: readonly string[];

  constructor(
    code: string,
    message: string,
    section: string,
    closeCode: number,
    options?: ErrorOptions,
  ) {
    super(code, message, section.startsWith('RFC') ? section : `RFC 6455 ${section}`, options);
    this.closeCode = closeCode;
    this.frame = undefined;
    this.likelyCauses = likelyCauses(code);
  }
}
