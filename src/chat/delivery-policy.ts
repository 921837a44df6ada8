/**
 * What to do about a receiver that reads more slowly than the others write.
 *
 * Spec      RFC 6455 §7.4.1 and the IANA registry of close codes: 1013, Try Again Later
 * Next      io/deliver.ts - does what was decided
 * Left out  dropping single messages: a chat with holes in it is worse than a reconnect, after
 *           which the history fills the gap
 */

/** Send the message, or close the connection with this code and reason. */
export type DeliveryDecision =
  | { action: 'deliver' }
  | { action: 'close'; code: number; reason: string };

/** What a member of a room may leave unread before it is closed, unless told otherwise. */
export const defaultMaxQueuedBytes = 1024 * 1024;

/**
 * Decides by what already waits for the receiver, not by the message to come: so nobody is closed
 * for one large message, and at most the limit and one message are held for each receiver.
 */
export function decideDelivery(queuedBytes: number, maxQueuedBytes: number): DeliveryDecision {
  if (queuedBytes <= maxQueuedBytes) return { action: 'deliver' };
  return { action: 'close', code: 1013, reason: 'reading too slowly' };
}
