/**
 * What the handshake of a capture agreed on, and who inflates the messages after it.
 *
 * Spec      RFC 6455 §9.1, RFC 7692 §7.2.2
 * Next      inspection.ts
 * Left out  permessage-deflate itself
 */
import type { Role, WebSocketError } from '../websocket/index.ts';

/** Inflates the next compressed message of one side; they come whole and in order. */
export type Inflate = (compressed: Buffer) => Promise<Buffer | WebSocketError>;

/** The extensions of a connection. */
export interface AgreedExtensions {
  /** RSV bits (of 0b0111_0000) that they own. */
  extensionBits: number;
  /** For the messages of each side. */
  inflate: Readonly<Record<Role, Inflate>>;
}

/** Turns the header of a response into its extensions; undefined if there are none we know. */
export type ReadExtensions = (header: string | undefined) => AgreedExtensions | undefined;

/** No extension is known. */
export const readExtensions: ReadExtensions = () => undefined;
