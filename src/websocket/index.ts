/**
 * WebSockets (RFC 6455), both roles, on bytes. Reading order:
 *   constants.ts, frame.ts, mask.ts, frame-parser.ts           frames, and frames out of a stream
 *   trace.ts, trace-stream.ts, format-trace.ts                 frames explained
 *   utf8.ts, message-receiver.ts, message-sender.ts            messages out of and into frames
 *   protocol.ts, heartbeat.ts, peer-rate.ts                    a connection without its socket
 *   origin.ts, handshake.ts, client-handshake.ts, redirect.ts  how a connection begins
 *   output.ts, io/link.ts, io/delivery.ts, io/connection.ts    the same with sockets and events,
 *   memory.ts, io/server.ts, io/client.ts, io/reconnect.ts     what it costs, where it comes from
 */
export { CloseCode, Opcode, type Role } from './constants.ts';
export { decodeFrame, encodeFrame, type Frame, type FrameFields } from './frame.ts';
export { FrameParser, ParserStep, type FrameParserOptions } from './frame-parser.ts';
export * from './tracing.ts';
export { WebSocketProtocol } from './protocol.ts';
export type { CloseOutcome, ProtocolOptions, ProtocolSink } from './protocol.ts';
export type { ConnectionOptions } from './connection-options.ts';
export { MemoryBudget, memoryBudget, type ConnectionMemory } from './memory.ts';
export type { SendResult } from './message-sender.ts';
export type { BinaryLike, Sendable } from './sendable.ts';
export { acceptKey, decideUpgrade } from './handshake.ts';
export type { UpgradeDecision, UpgradeOptions, UpgradeRequest } from './handshake.ts';
export { serializeUpgradeResponse } from './upgrade-response.ts';
export { isAllowedHost, type AllowedHosts } from './allowed-hosts.ts';
export { isAllowedOrigin, type AllowedOrigins } from './origin.ts';
export { PreparedMessage } from './prepared-message.ts';
export type { BroadcastOptions, BroadcastResult } from './broadcast.ts';
export { HandshakeError, type HandshakePhase } from './handshake-error.ts';
export { WebSocketError, type FrameHeader, type OffendingFrame } from './websocket-error.ts';
export { UpgradeRequestError } from './upgrade-error.ts';
export { WebSocket } from './io/connection.ts';
export type { ClientOptions } from './io/client-options.ts';
export { reconnecting, ReconnectingWebSocket, type ReconnectOptions } from './io/reconnect.ts';
export { WebSocketServer, type ShutdownOptions, type ShutdownResult } from './io/server.ts';
export type { WebSocketServerOptions } from './io/server-options.ts';
export type { VerifyClient, VerifyClientInfo } from './io/verification.ts';
export { createWebSocketStream } from './io/streams.ts';
export { createPair } from './io/pair.ts';
export { CloseEvent, ErrorEvent } from './io/event-target.ts';
export { wsModule as default, wsModule as 'module.exports' } from './io/ws-module.ts';
