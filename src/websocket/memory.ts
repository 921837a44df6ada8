/**
 * What one connection holds, in bytes, part by part.
 *
 * Spec      -
 * Next      memory-budget.ts - the bound on all connections together; deflate/memory.ts - zlib
 * Left out  objects of a fixed size, a few KiB for each connection; what the socket and TLS hold;
 *           messages that the program was given
 *
 *   socket -> parser -> message -> decoding, inflate -> unread -> the program
 *   socket <- output <- deflate <- sendQueue <------------------- the program
 */

export { MemoryBudget, memoryBudget } from './memory-budget.ts';

/** What the protocol of a connection holds. */
export interface ProtocolMemory {
  /** The chunk at hand until all of it is read, and a header or control frame cut in two. */
  parser: number;
  /** The buffer of a message that has not ended: all of it, filled or not. */
  message: number;
  /** A compressed message that waits to be inflated, or one that is inflated and waits. */
  decoding: number;
  /**
   * Messages that wait because the peer does not read: their payload, and 200 bytes for each; and
   * pings and pongs. A prepared message is counted in full for every connection that it waits on.
   */
  sendQueue: number;
  /** The context that compresses, and what it has put out of the message at hand. */
  deflate: number;
  /** The context that inflates, and what it has put out of the message at hand. */
  inflate: number;
}

/** What a connection holds, in bytes. */
export interface ConnectionMemory extends ProtocolMemory {
  /** Messages that nobody has taken yet, with 64 bytes for each. */
  unread: number;
  /** Frames that the operating system has not taken yet. */
  output: number;
  /** The sum. */
  total: number;
}

const none: ProtocolMemory = {
  parser: 0,
  message: 0,
  decoding: 0,
  sendQueue: 0,
  deflate: 0,
  inflate: 0,
};

/** What a connection is asked for. */
export interface MeasuredLink {
  protocol: { memory: ProtocolMemory; waitingBytes: number };
  /** Bytes not taken by the operating system, with those that wait in the protocol. */
  bufferedBytes: number;
}

/** Adds up what a connection holds; before it has a link, only what is unread. */
export function connectionMemory(link: MeasuredLink | undefined, unread: number): ConnectionMemory {
  const held = link?.protocol.memory ?? none;
  const output = link === undefined ? 0 : link.bufferedBytes - link.protocol.waitingBytes;
  const parts = { ...held, unread, output };
  const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return { ...parts, total };
}
