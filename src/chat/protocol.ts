/**
 * The messages of the chat: JSON text to value and back.
 *
 * Spec      the sub-protocol barewire.chat.v1, which is this table; RFC 8259 JSON
 * Next      chat.ts - what happens on each message
 * Left out  epochs: a room that was forgotten, or a server that was restarted, counts from 1 again
 *
 *   from the client
 *   join      room, name                     enter a room, leaving the one you are in
 *   say       id, text                       id: a string of 1 to 64, or a safe integer
 *
 *   from the server
 *   joined    room, name, members, history   names as the server spells them; the last messages
 *   message   room, offset, from, text, at   to everybody there, the sender too; offset: 1, 2, 3, …
 *   ack       id, offset                     to the sender, after its message went to all
 *   member    name, action                   somebody else came ("join") or went ("leave")
 *   error     code, message, id              id: of the refused message, where it could be read
 *
 * Unknown members of an object are ignored. Whatever is refused gets an `error` and
 * changes nothing.
 */
import { isWithinJsonLimits } from './json-limits.ts';
import { parseName } from './name.ts';

/** The name that is negotiated in the handshake. */
export const chatSubprotocol = 'barewire.chat.v1';

/** The longest text, in bytes of UTF-8. */
export const maxTextBytes = 4096;
export const maxNameCodePoints = 32;
export const maxRoomCodePoints = 64;
export const maxIdLength = 64;
/** The longest JSON message: the longest text fits, even if every byte is escaped in 6. */
export const maxMessageBytes = 32 * 1024;

const jsonLimits = { maxDepth: 4, maxElements: 64 };

/** Why something was refused; stable, for programs. */
export const ChatErrorCode = {
  binary: 'binary',
  tooLarge: 'too-large',
  tooComplex: 'too-complex',
  notJson: 'not-json',
  notAnObject: 'not-an-object',
  unknownType: 'unknown-type',
  badRoom: 'bad-room',
  badName: 'bad-name',
  badId: 'bad-id',
  badText: 'bad-text',
  textTooLong: 'text-too-long',
  nameTaken: 'name-taken',
  notJoined: 'not-joined',
  roomFull: 'room-full',
  tooManyRooms: 'too-many-rooms',
  rateLimited: 'rate-limited',
} as const;
export type ChatErrorCode = (typeof ChatErrorCode)[keyof typeof ChatErrorCode];

/** Chosen by the client, echoed by the server. */
export type MessageId = string | number;

export interface JoinMessage {
  type: 'join';
  room: string;
  name: string;
}

export interface SayMessage {
  type: 'say';
  id: MessageId;
  text: string;
}

/** What a client may ask for, once it has been checked. */
export type ClientMessage = JoinMessage | SayMessage;

export interface JoinedMessage {
  type: 'joined';
  room: string;
  name: string;
  members: string[];
  history: ChatMessage[];
}

export interface ChatMessage {
  type: 'message';
  room: string;
  offset: number;
  from: string;
  text: string;
  /** ISO 8601, UTC. */
  at: string;
}

export interface AckMessage {
  type: 'ack';
  id: MessageId;
  offset: number;
}

export interface MemberMessage {
  type: 'member';
  name: string;
  action: 'join' | 'leave';
}

export interface ErrorMessage {
  type: 'error';
  code: ChatErrorCode;
  message: string;
  id?: MessageId;
}

export type ServerMessage = JoinedMessage | ChatMessage | AckMessage | MemberMessage | ErrorMessage;

/** Writes a message of the server as the text of one WebSocket message. */
export function serializeServerMessage(message: ServerMessage): string {
  return JSON.stringify(message);
}

/** The answer to a message that is refused. */
export function refusal(code: ChatErrorCode, message: string, id?: MessageId): ErrorMessage {
  return id === undefined ? { type: 'error', code, message } : { type: 'error', code, message, id };
}

/**
 * Reads one WebSocket message of a client. Never throws: what is not a good message gives the
 * `error` that answers it.
 */
export function parseClientMessage(data: Buffer, isBinary = false): ClientMessage | ErrorMessage {
  if (isBinary) return refusal('binary', 'expected a text message, got a binary one');
  if (data.length > maxMessageBytes) {
    return refusal('too-large', `expected at most ${maxMessageBytes} bytes, got ${data.length}`);
  }
  const text = data.toString('utf8');
  if (!isWithinJsonLimits(text, jsonLimits)) {
    const { maxDepth, maxElements } = jsonLimits;
    const limits = `${maxDepth} levels and ${maxElements} members`;
    return refusal('too-complex', `expected JSON of at most ${limits}, got more`);
  }
  const value = parseJson(text);
  if (value === undefined) return refusal('not-json', 'expected JSON, got something else');
  if (!isRecord(value)) return refusal('not-an-object', 'expected a JSON object');
  if (value['type'] === 'join') return parseJoin(value);
  if (value['type'] === 'say') return parseSay(value);
  return refusal('unknown-type', 'expected the type "join" or "say"', parseId(value['id']));
}

function parseJoin(value: Record<string, unknown>): JoinMessage | ErrorMessage {
  const id = parseId(value['id']);
  const room = parseNameValue(value['room'], maxRoomCodePoints);
  if (room === undefined) {
    return refusal('bad-room', nameRule('a room name', maxRoomCodePoints), id);
  }
  const name = parseNameValue(value['name'], maxNameCodePoints);
  if (name === undefined) {
    return refusal('bad-name', nameRule('a name', maxNameCodePoints), id);
  }
  return { type: 'join', room, name };
}

function parseSay(value: Record<string, unknown>): SayMessage | ErrorMessage {
  const id = parseId(value['id']);
  if (id === undefined) {
    return refusal('bad-id', `expected an id: 1 to ${maxIdLength} characters, or a safe integer`);
  }
  const text = value['text'];
  if (typeof text !== 'string' || text === '') {
    return refusal('bad-text', 'expected a text that is not empty', id);
  }
  if (!isSpeakable(text)) {
    return refusal('bad-text', 'expected a text without control characters and surrogates', id);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > maxTextBytes) {
    return refusal('text-too-long', `expected at most ${maxTextBytes} bytes, got ${bytes}`, id);
  }
  return { type: 'say', id, text };
}

/** JSON knows no undefined, so that can stand for "not JSON". */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseNameValue(value: unknown, maxCodePoints: number): string | undefined {
  return typeof value === 'string' ? parseName(value, maxCodePoints) : undefined;
}

function nameRule(what: string, maxCodePoints: number): string {
  return `expected ${what} of 1 to ${maxCodePoints} characters that can be seen`;
}

/** An id that can come back as it was sent: a larger number would have lost digits by now. */
function parseId(value: unknown): MessageId | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined;
  const fits = typeof value === 'string' && value.length >= 1 && value.length <= maxIdLength;
  return fits ? value : undefined;
}

/**
 * Tabs and line breaks are text; other controls are commands to a terminal. Bidi characters are
 * left in: right-to-left writing needs them, and whoever shows a text sets it apart from its
 * surroundings.
 */
function isSpeakable(text: string): boolean {
  return !/(?![\t\n\r])\p{Cc}|\p{Cs}/u.test(text);
}
