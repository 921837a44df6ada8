/**
 * WebSockets (RFC 6455), both roles, on bytes.
 *
 * Reading order
 *   constants.ts, frame.ts, mask.ts, frame-parser.ts           frames, and frames out of a stream
 *   utf8.ts, message-assembler.ts, close-frame.ts              messages out of frames
 *   send-queue.ts, message-sender.ts, prepared-message.ts      messages into frames
 *   protocol.ts, heartbeat.ts, peer-rate.ts                    a connection without its socket
 *   origin.ts, handshake.ts                                    how a connection begins
 *   output.ts, io/link.ts, io/delivery.ts, io/connection.ts    the same with sockets and events
 *   io/server.ts, io/client.ts, io/streams.ts, io/pair.ts      where connections come from
 */
export { CloseCode, Opcode } from './constants.ts';
export type { Role } from './constants.ts';
export { decodeFrame, encodeFrame } from './frame.ts';
export type { Frame, FrameFields } from './frame.ts';
export { FrameParser, ParserStep } from './frame-parser.ts';
export type { FrameParserOptions } from './frame-parser.ts';
export { WebSocketProtocol } from './protocol.ts';
export type { CloseOutcome, ProtocolOptions, ProtocolSink } from './protocol.ts';
export type { ConnectionOptions } from './connection-options.ts';
export type { SendResult } from './message-sender.ts';
export { acceptKey, decideUpgrade, serializeUpgradeResponse } from './handshake.ts';
export type { UpgradeDecision, UpgradeOptions, UpgradeRequest } from './handshake.ts';
export { isAllowedOrigin } from './origin.ts';
export type { AllowedOrigins } from './origin.ts';
export { PreparedMessage } from './prepared-message.ts';
export { HandshakeError, WebSocketError } from './websocket-error.ts';
export { WebSocket } from './io/connection.ts';
export type { Sendable } from './sendable.ts';
export type { ClientOptions } from './io/client.ts';
export { WebSocketServer } from './io/server.ts';
export type { ShutdownResult, WebSocketServerOptions } from './io/server.ts';
export { createWebSocketStream } from './io/streams.ts';
export { createPair } from './io/pair.ts';
export { CloseEvent, ErrorEvent } from './io/event-target.ts';
export { wsModule as default, wsModule as 'module.exports' } from './io/ws-module.ts';
