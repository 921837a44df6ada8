/**
 * Knows a visitor again: by the session id of the request's cookies, or by a fresh one.
 *
 * Spec      ../session-id.ts
 * Next      sessions, which hang their data on this id
 * Left out  whether we ever gave out an id that a client brings: that is for whoever keeps sessions
 */
import { randomBytes } from 'node:crypto';
import { encodeSessionId, readSessionId, sessionCookie, sessionIdBytes } from '../session-id.ts';
import type { Exchange } from './exchange.ts';

/** The visitor's session id. One without a well-formed id gets a new one with this response. */
export function visitorSessionId(exchange: Exchange): string {
  const known = readSessionId(exchange.cookies);
  if (known !== undefined) return known;
  const id = encodeSessionId(randomBytes(sessionIdBytes));
  exchange.setCookie(sessionCookie(id));
  return id;
}
