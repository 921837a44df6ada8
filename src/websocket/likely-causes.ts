/**
 * What is usually behind a broken rule: hints for the person who reads the error.
 *
 * Spec      -; experience with the bug reports of WebSocket libraries
 * Next      websocket-error.ts - carries them
 * Left out  what the rule says, which is the message of the error
 */
const secondWriter = 'something else writes to the same socket, so that its bytes look like frames';
const wrongHead = 'bytes that came with the handshake (`head`) were lost or handed over twice';
const brokenFrame = 'an earlier frame announced a length that does not fit what followed it';
const proxy = 'a proxy between the two that does not know WebSocket';

const causes: Readonly<Record<string, readonly string[]>> = {
  ERR_WS_RESERVED_BITS: [
    'the peer compresses (permessage-deflate sets RSV1) although that was not agreed on',
    secondWriter,
    wrongHead,
    brokenFrame,
  ],
  ERR_WS_OPCODE: [secondWriter, wrongHead, brokenFrame, proxy],
  ERR_WS_MASK_REQUIRED: ['the client does not mask, which RFC 6455 demands', secondWriter, proxy],
  ERR_WS_MASK_FORBIDDEN: ['the server masks, as only clients do', 'both ends act as clients'],
  ERR_WS_CONTROL_FRAGMENTED: [brokenFrame, secondWriter],
  ERR_WS_CONTROL_TOO_LONG: ['a ping or a close reason of more than 125 bytes', brokenFrame],
  ERR_WS_LENGTH_NOT_MINIMAL: ['an encoder that always uses the long form', brokenFrame],
  ERR_WS_LENGTH_HIGH_BIT: ['a length computed as a negative number', brokenFrame],
  ERR_WS_FRAGMENT_ORDER: ['two senders fragment messages on one connection at the same time'],
  ERR_WS_TOO_MANY_FRAGMENTS: ['a sender that makes a frame of every small write'],
  ERR_WS_CLOSE_PAYLOAD: ['a close code written as one byte'],
  ERR_WS_AFTER_CLOSE: ['a sender that does not wait for its own close frame', secondWriter],
  ERR_WS_CLOSE_CODE: ['1005, 1006 or 1015 sent as if they were codes', 'a code below 1000'],
  ERR_WS_INVALID_UTF8: [
    'bytes sent as text: send them as a binary message',
    'a text cut in the middle of a character',
    'text in another encoding than UTF-8',
  ],
  ERR_WS_INFLATE: [
    'the peer keeps a context, or a larger window, although that was not agreed on',
    'a message that the peer compressed was lost on its side, and the next one refers to it',
    'RSV1 set on a message that is not compressed',
  ],
  ERR_WS_DEFLATE: ['too many contexts of zlib for the memory: see docs/websocket/compression.md'],
  ERR_WS_MESSAGE_TOO_BIG: ['`maxPayload` is smaller than what the peer has reason to send'],
  ERR_WS_MEMORY_BUDGET: [
    'many peers that begin large messages and do not end them',
    '`memoryBudget.maxBytes` is smaller than what so many connections need',
  ],
  ERR_WS_HEARTBEAT_TIMEOUT: ['the peer or the way to it is gone', 'the peer is too busy to read'],
  ERR_WS_MESSAGE_TIMEOUT: ['a peer that stopped in the middle', 'a slow line, a large message'],
  ERR_WS_RATE_LIMIT: ['`rateLimit` is smaller than what the peer has reason to send'],
  ERR_WS_SEND_QUEUE_FULL: ['the peer reads more slowly than we send; see `drained()`'],
};

/** Likely causes of the error with this code, the likeliest first; none if nothing is known. */
export function likelyCauses(code: string): readonly string[] {
  return Object.hasOwn(causes, code) ? causes[code]! : [];
}
