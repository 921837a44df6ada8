/**
 * What others may watch without touching a program: channels of node:diagnostics_channel.
 *
 * Spec      -
 * Next      connection.ts - publishes
 * Left out  gathering and exporting: the subscriber's choice
 *
 *   barewire:websocket:open    { socket, role }
 *   barewire:websocket:close   { socket, role, code, reason, wasClean, counts }
 *   barewire:websocket:error   { socket, role, error }
 */
import { channel } from 'node:diagnostics_channel';

/** How many messages a connection has carried. */
export interface MessageCounts {
  messagesReceived: number;
  messagesSent: number;
}

/** The channels, by what they tell. `hasSubscribers` is false, and nothing is built, by default. */
export const diagnostics = {
  open: channel('barewire:websocket:open'),
  close: channel('barewire:websocket:close'),
  error: channel('barewire:websocket:error'),
} as const;
