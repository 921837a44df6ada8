/**
 * What the handshake of a capture agreed on, and who inflates the messages after it.
 *
 * Spec      RFC 6455 §9.1, RFC 7692 §7.1, §7.2.2
 * Next      inspection.ts; ../websocket/deflate/decompressor.ts - inflates
 * Left out  whether the answer fits the offer: captured-handshake.ts
 *
 *   each side has a context of its own; with a message that cannot be inflated it is lost, and all
 *   messages of that side after it are shown as they are
 */
import { agreementOfAnswer, Decompressor, Limiter, parseExtensions } from '../websocket/index.ts';
import type { DeflateDirection, Role, WebSocketError } from '../websocket/index.ts';

/**
 * Inflates the next compressed message of one side; they come whole and in order, and undefined in
 * place of one that is not there. Answers with the rule that was broken, or with undefined where
 * nothing can be said.
 */
export type Inflate = (
  compressed: Buffer | undefined,
) => Promise<Buffer | WebSocketError | undefined>;

/** The extensions of a connection. */
export interface AgreedExtensions {
  /** RSV bits (of 0b0111_0000) that they own. */
  extensionBits: number;
  /** For the messages of each side. */
  inflate: Readonly<Record<Role, Inflate>>;
}

/** Turns the header of a response into its extensions; undefined if there are none we know. */
export type ReadExtensions = (header: string | undefined) => AgreedExtensions | undefined;

/** RFC 7692 §6: the bit of a compressed message. */
const rsv1 = 0b0100_0000;

/** What is shown inflated, in bytes; a capture may hold a bomb. */
const maxInflatedBytes = 16 * 1024 * 1024;

/** Knows permessage-deflate. */
export const readExtensions: ReadExtensions = (header) => {
  const [extension, another] = (header === undefined ? undefined : parseExtensions(header)) ?? [];
  if (extension === undefined || another !== undefined) return undefined;
  const agreed = agreementOfAnswer(extension);
  if (agreed === undefined) return undefined;
  const inflate = { server: inflaterOf(agreed.server), client: inflaterOf(agreed.client) };
  return { extensionBits: rsv1, inflate };
};

function inflaterOf(direction: DeflateDirection): Inflate {
  const options = { ...direction, zlibOptions: undefined, limiter: new Limiter(1) };
  let decompressor: Decompressor | undefined = new Decompressor(options);
  return async (compressed) => {
    if (compressed === undefined) {
      // Those after it may refer to it.
      if (direction.contextTakeover) decompressor = undefined;
      return undefined;
    }
    const result = await inflateBy(decompressor, compressed);
    if (Buffer.isBuffer(result)) return result;
    decompressor = undefined;
    // Too long for us to show is no fault of the sender.
    return result?.code === 'ERR_WS_MESSAGE_TOO_BIG' ? undefined : result;
  };
}

function inflateBy(
  decompressor: Decompressor | undefined,
  compressed: Buffer,
): Promise<Buffer | WebSocketError | undefined> {
  return new Promise((resolve) => {
    if (decompressor === undefined) return resolve(undefined);
    decompressor.decompress(compressed, maxInflatedBytes, (error, data) => resolve(error ?? data));
  });
}
