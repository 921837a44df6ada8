/**
 * Instant messaging over WebSockets.
 *
 * Reading order: protocol.ts (the messages; json-limits.ts, name.ts), room.ts (history.ts), chat.ts
 * (room-directory.ts), delivery-policy.ts, io/deliver.ts, io/broadcaster.ts,
 * io/chat-service.ts
 */
export { chatSubprotocol, ChatErrorCode } from './protocol.ts';
export { maxIdLength, maxMessageBytes, maxNameCodePoints } from './protocol.ts';
export { maxRoomCodePoints, maxTextBytes } from './protocol.ts';
export { parseClientMessage, serializeServerMessage } from './protocol.ts';
export type { ClientMessage, JoinMessage, MessageId, SayMessage } from './protocol.ts';
export type { AckMessage, ChatMessage, ErrorMessage, JoinedMessage } from './protocol.ts';
export type { MemberMessage, ServerMessage } from './protocol.ts';
export { nameKey, parseName } from './name.ts';
export { Room } from './room.ts';
export type { Delivery, RoomLimits } from './room.ts';
export { Chat } from './chat.ts';
export type { ChatLimits } from './chat.ts';
export { decideDelivery, defaultMaxQueuedBytes } from './delivery-policy.ts';
export type { DeliveryDecision } from './delivery-policy.ts';
export { Broadcaster } from './io/broadcaster.ts';
export type { BroadcasterOptions, BroadcastResult, BroadcastSocket } from './io/broadcaster.ts';
export { ChatService } from './io/chat-service.ts';
export type { ChatServiceOptions, ChatSocket } from './io/chat-service.ts';
