/**
 * The numbers of the WebSocket protocol.
 *
 * Spec      RFC 6455 §1.3 GUID, §5.2 opcodes, §5.5 control frames, §7.4 status codes
 * Next      frame.ts - where the opcodes lie on the wire
 * Left out  -
 */

/** What a frame is (RFC 6455 §5.2). Opcodes from 0x8 are control frames. */
export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Why a connection was closed (RFC 6455 §7.4.1 and the IANA registry that continues it). */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Never on the wire: the close frame carried no code. */
  noStatusReceived: 1005,
  /** Never on the wire: the connection ended without a close frame. */
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  mandatoryExtension: 1010,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
  badGateway: 1014,
  /** Never on the wire: the TLS handshake failed. */
  tlsHandshake: 1015,
} as const;

/** Which side of the connection we are: a client masks what it sends, a server does not (§5.1). */
export type Role = 'server' | 'client';

/** What the server hashes together with the client's key to show that it understood (§1.3). */
export const handshakeGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** MUST (RFC 6455 §5.5): a control frame carries at most this many bytes. */
export const maxControlPayloadBytes = 125;

/** The longest frame header: 2 bytes, 8 of length, 4 of masking key. */
export const maxHeaderBytes = 14;

/** The largest message taken unless the owner says otherwise. */
export const defaultMaxMessageBytes = 1024 * 1024;
