/**
 * The body of a close frame: a code, and a reason for people.
 *
 * Spec      RFC 6455 §5.5.1 layout, §7.4 status codes
 * Next      protocol.ts - when one is sent and answered
 * Left out  -
 *
 *   03 e8 62 79 65
 *   '---' '------'
 *   1000   "bye", UTF-8, at most 123 bytes
 */
import { isUtf8 } from 'node:buffer';
import { CloseCode, maxControlPayloadBytes } from './constants.ts';
import { toBytes } from './sendable.ts';
import { WebSocketError } from './websocket-error.ts';

/** What a close frame says. `code` is 1005 when the frame was empty. */
export interface CloseStatus {
  code: number;
  reason: Buffer;
}

const noReason = Buffer.alloc(0);

/**
 * Whether a code may stand in a close frame (RFC 6455 §7.4.2 and the IANA registry): 1000 to 1014
 * but for 1004, 1005 and 1006, and 3000 to 4999.
 */
export function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000 && code <= 4999) return true;
  // MUST NOT (RFC 6455 §7.4.1): 1005, 1006 and 1015 never go on the wire; 1004 is reserved.
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
}

/**
 * Writes the body of a close frame; without a code it is empty.
 * Throws a RangeError for a code that must not be sent, for a reason over 123 bytes of UTF-8, and
 * for a reason without a code; a TypeError for a reason that is neither text nor bytes.
 */
export function encodeClosePayload(code?: number, reason: string | Uint8Array = ''): Buffer {
  const reasonBytes = toBytes(reason, 'reason');
  if (code === undefined) {
    if (reasonBytes.length > 0) throw new RangeError('reason needs a close code in front of it');
    return noReason;
  }
  if (!isCloseCode(code)) {
    throw new RangeError(`code must be 1000-1003, 1007-1014 or 3000-4999, got ${code}`);
  }
  if (reasonBytes.length > maxControlPayloadBytes - 2) {
    throw new RangeError(`reason must be at most 123 bytes, got ${reasonBytes.length}`);
  }
  const payload = Buffer.allocUnsafe(2 + reasonBytes.length);
  payload.writeUInt16BE(code, 0);
  payload.set(reasonBytes, 2);
  return payload;
}

/** Reads the body of a close frame, or tells which rule it breaks. */
export function decodeClosePayload(payload: Buffer): CloseStatus | WebSocketError {
  if (payload.length === 0) return { code: CloseCode.noStatusReceived, reason: noReason };
  // MUST (RFC 6455 §5.5.1): if there is a body, its first two bytes are the code.
  if (payload.length === 1) {
    return new WebSocketError(
      'ERR_WS_CLOSE_PAYLOAD',
      'expected a close frame with no body or at least 2 bytes, got 1',
      '§5.5.1',
      CloseCode.protocolError,
    );
  }
  const code = payload.readUInt16BE(0);
  if (!isCloseCode(code)) {
    return new WebSocketError(
      'ERR_WS_CLOSE_CODE',
      `expected a close code that may be sent, got ${code}`,
      '§7.4',
      CloseCode.protocolError,
    );
  }
  const reason = payload.subarray(2);
  // MUST (RFC 6455 §8.1): the reason is text too.
  if (!isUtf8(reason)) {
    return new WebSocketError(
      'ERR_WS_INVALID_UTF8',
      'expected a close reason in UTF-8, got other bytes',
      '§8.1',
      CloseCode.invalidPayload,
    );
  }
  return { code, reason };
}
