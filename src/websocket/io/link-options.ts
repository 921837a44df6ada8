/**
 * What a link is made of, and who hears of what happens on it.
 *
 * Spec      -
 * Next      link.ts - the link itself; connection.ts and delivery.ts - who hears
 * Left out  -
 */
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from '../connection-options.ts';
import type { Role } from '../constants.ts';
import type { MessageKind } from '../message-assembler.ts';
import type { PayloadCodec } from '../payload-codec.ts';
import type { CloseOutcome } from '../protocol.ts';

/** Who is given messages, pings and pongs. Each call may throw. */
export interface LinkReader {
  message(data: Buffer, kind: MessageKind): void;
  ping(payload: Buffer): void;
  pong(payload: Buffer): void;
}

/** What a link is made of, and who hears how it ends. */
export interface LinkOptions {
  role: Role;
  socket: Duplex;
  /** Bytes that came in one chunk with the handshake. */
  head: Buffer;
  nextMaskingKey: () => number;
  options: ConnectionOptions;
  /** Compresses messages, if that was agreed on. */
  codec: PayloadCodec | undefined;
  reader: LinkReader;
  /** The protocol is through; what is left to send is still being written. */
  closing(outcome: CloseOutcome): void;
  /** The transport is gone: once and last. */
  closed(outcome: CloseOutcome): void;
}
