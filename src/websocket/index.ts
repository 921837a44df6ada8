/**
 * WebSockets (RFC 6455), both roles, on bytes.
 *
 * Reading order
 *   constants.ts, frame.ts, mask.ts       one frame
 *   frame-parser.ts                       frames out of a stream
 *   utf8.ts, message-assembler.ts         messages out of frames
 *   close-frame.ts, protocol.ts           the whole connection, without a socket
 *   output.ts, prepared-message.ts        where frames wait to be written
 *   origin.ts, handshake.ts               how a connection begins, for a server
 *   address.ts, client-handshake.ts, redirect.ts   the same for a client
 *   io/connection.ts, io/server.ts, io/client.ts   the same with sockets and events
 *   reconnect-policy.ts, io/reconnect.ts  a client that connects again
 */
export { CloseCode, Opcode } from './constants.ts';
export type { Role } from './constants.ts';
export { decodeFrame, encodeFrame } from './frame.ts';
export type { Frame, FrameFields } from './frame.ts';
export { FrameParser, ParserStep } from './frame-parser.ts';
export type { FrameParserOptions } from './frame-parser.ts';
export { WebSocketProtocol } from './protocol.ts';
export type { CloseOutcome, ProtocolOptions, ProtocolSink } from './protocol.ts';
export { acceptKey, decideUpgrade, serializeUpgradeResponse } from './handshake.ts';
export type { UpgradeDecision, UpgradeOptions, UpgradeRequest } from './handshake.ts';
export { isAllowedOrigin } from './origin.ts';
export type { AllowedOrigins } from './origin.ts';
export { PreparedMessage } from './prepared-message.ts';
export { HandshakeError } from './handshake-error.ts';
export type { HandshakePhase } from './handshake-error.ts';
export { WebSocketError } from './websocket-error.ts';
export { WebSocket } from './io/connection.ts';
export type { Established, Sendable, SendCallback } from './io/connection.ts';
export type { ClientOptions } from './io/client-options.ts';
export { reconnecting, ReconnectingWebSocket } from './io/reconnect.ts';
export type { ReconnectingEvent, ReconnectOptions } from './io/reconnect.ts';
export { WebSocketServer } from './io/server.ts';
export type { ShutdownResult, WebSocketServerOptions } from './io/server.ts';
