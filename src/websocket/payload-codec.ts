/**
 * What an extension does to the payloads of whole messages: the seam between the protocol and
 * permessage-deflate.
 *
 * Spec      RFC 6455 §9 extensions, RFC 7692 §6 the one that owns RSV1
 * Next      deflate/message-deflate.ts - the codec; message-sender.ts, message-receiver.ts - ask it
 * Left out  negotiation: deflate/negotiation.ts
 *
 *   sent      payload --encode--> frames, RSV1 set on the first one
 *   received  frames --whole message--> decode --> payload, counted against the limit as it grows
 *
 * One connection encodes one message at a time, and decodes one at a time, each in order.
 */
import type { WebSocketError } from './websocket-error.ts';

/** Encodes and decodes the messages of one connection. */
export interface PayloadCodec {
  /** Whole messages of fewer bytes are sent as they are. */
  readonly threshold: number;
  /** Encodes a message, or the next fragment; `done` is called later, or never once closed. */
  encode(
    data: Uint8Array,
    fin: boolean,
    done: (error: Error | undefined, encoded: Buffer) => void,
  ): void;
  /** Decodes a whole message into at most `maxBytes`; `done` as for `encode`. */
  decode(
    data: Uint8Array,
    maxBytes: number,
    done: (error: WebSocketError | undefined, decoded: Buffer) => void,
  ): void;
  /** Prepared messages of fewer bytes are sent as they are. */
  readonly sharedThreshold: number;
  /** Connections of the same key can be sent the same bytes of a prepared message. */
  readonly sharedKey: number;
  /** Encodes a prepared message so that every connection of the key can read it. */
  encodeShared(data: Uint8Array): Buffer;
  /** A shared message goes out, which our context does not know: it begins anew behind it. */
  forgetContext(): void;
  /** What encoding and decoding hold now, in bytes: contexts, and output of the message at hand. */
  readonly memory: { deflate: number; inflate: number };
  /** Frees what is held; no `done` is called afterwards. */
  close(): void;
}
