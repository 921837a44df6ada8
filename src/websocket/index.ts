/**
 * WebSockets (RFC 6455), both roles, on bytes.
 *
 * Reading order
 *   constants.ts, frame.ts, mask.ts       one frame
 *   frame-parser.ts                       frames out of a stream
 *   utf8.ts, message-assembler.ts         messages out of frames
 *   close-frame.ts, protocol.ts           the whole connection, without a socket
 *   output.ts, prepared-message.ts        where frames wait to be written
 *   origin.ts, allowed-hosts.ts, handshake.ts, upgrade-response.ts   how a connection begins
 *   connection-limits.ts, broadcast.ts    many connections
 *   io/connection.ts, io/server.ts, io/client.ts   the same with sockets and events
 */
export { CloseCode, Opcode } from './constants.ts';
export type { Role } from './constants.ts';
export { decodeFrame, encodeFrame } from './frame.ts';
export type { Frame, FrameFields } from './frame.ts';
export { FrameParser, ParserStep } from './frame-parser.ts';
export type { FrameParserOptions } from './frame-parser.ts';
export { WebSocketProtocol } from './protocol.ts';
export type { CloseOutcome, ProtocolOptions, ProtocolSink } from './protocol.ts';
export { acceptKey, decideUpgrade } from './handshake.ts';
export type { UpgradeDecision, UpgradeOptions, UpgradeRequest } from './handshake.ts';
export { serializeUpgradeResponse } from './upgrade-response.ts';
export { isAllowedHost } from './allowed-hosts.ts';
export type { AllowedHosts } from './allowed-hosts.ts';
export { UpgradeRequestError } from './upgrade-error.ts';
export { isAllowedOrigin } from './origin.ts';
export type { AllowedOrigins } from './origin.ts';
export { PreparedMessage } from './prepared-message.ts';
export { HandshakeError, WebSocketError } from './websocket-error.ts';
export { WebSocket } from './io/connection.ts';
export type { Established, Sendable, SendCallback } from './io/connection.ts';
export type { ClientOptions } from './io/client.ts';
export { WebSocketServer } from './io/server.ts';
export type { ShutdownOptions, ShutdownResult } from './io/server.ts';
export type { WebSocketServerOptions } from './io/server-options.ts';
export type { VerifyClient, VerifyClientInfo } from './io/verification.ts';
export type { BroadcastOptions, BroadcastResult } from './broadcast.ts';
