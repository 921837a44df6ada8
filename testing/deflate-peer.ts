/**
 * The compression of a peer made by hand: plain zlib, for one connection.
 *
 * Spec      RFC 7692 §6 frames, §7.2 payloads
 * Next      conformance-peer.ts - sends and receives the frames
 * Left out  negotiation: a test says what was agreed on
 */
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';
import type { DeflateRaw, InflateRaw } from 'node:zlib';
import type { TestContext } from 'node:test';
import type { DeflateDirection } from '../src/websocket/index.ts';
import { fragments } from './conformance-peer.ts';
import type { PeerFrame } from './conformance-peer.ts';

const tail = Buffer.from([0, 0, 0xff, 0xff]);
const whole = { windowBits: 15, contextTakeover: true };

/** How the peer compresses, and how our end does. */
export interface PeerDirections {
  peer?: DeflateDirection;
  ours?: DeflateDirection;
}

/** Compresses the messages of the peer, and inflates those of our end. */
export class PeerDeflate {
  readonly #peer: DeflateDirection;
  readonly #ours: DeflateDirection;
  readonly #deflate: DeflateRaw;
  readonly #inflate: InflateRaw;

  constructor(t: TestContext, { peer = whole, ours = whole }: PeerDirections = {}) {
    this.#peer = peer;
    this.#ours = ours;
    this.#deflate = createDeflateRaw({ windowBits: Math.max(9, peer.windowBits) });
    this.#inflate = createInflateRaw({
      windowBits: ours.windowBits,
      flush: constants.Z_SYNC_FLUSH,
    });
    t.after(() => this.#deflate.close());
    t.after(() => this.#inflate.close());
  }

  /** A message in frames of at most `size` bytes, the first of them with RSV1. */
  async frames(message: PeerFrame, size = Infinity): Promise<PeerFrame[]> {
    const payload = await this.#compress(message.payload);
    const [first, ...others] = fragments({ ...message, payload }, size);
    return [{ ...first!, rsv: 4 }, ...others];
  }

  /** The messages that frames come to; control frames are left out. */
  async messages(frames: readonly PeerFrame[]): Promise<PeerFrame[]> {
    const messages: PeerFrame[] = [];
    let open: { opcode: number; isCompressed: boolean; parts: Buffer[] } | undefined;
    for (const { opcode, payload, fin = true, rsv = 0 } of frames) {
      if (opcode >= 8) continue;
      open ??= { opcode, isCompressed: rsv === 4, parts: [] };
      open.parts.push(payload);
      if (!fin) continue;
      const joined = Buffer.concat(open.parts);
      const data = open.isCompressed ? await this.#restore(joined) : joined;
      messages.push({ opcode: open.opcode, payload: data });
      open = undefined;
    }
    return messages;
  }

  async #compress(data: Buffer): Promise<Buffer> {
    const stream = this.#deflate;
    const parts: Buffer[] = [];
    const take = (part: Buffer) => void parts.push(part);
    stream.on('data', take);
    if (data.length > 0) stream.write(data);
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    stream.off('data', take);
    const compressed = Buffer.concat(parts);
    if (!this.#peer.contextTakeover) stream.reset();
    // Nothing was flushed for nothing: the empty message is one byte (RFC 7692 §7.2.3.6).
    return compressed.length < 5 ? Buffer.alloc(1) : compressed.subarray(0, -4);
  }

  async #restore(payload: Buffer): Promise<Buffer> {
    const stream = this.#inflate;
    const parts: Buffer[] = [];
    const take = (part: Buffer) => void parts.push(part);
    stream.on('data', take);
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      stream.write(Buffer.concat([payload, tail]), () => {
        stream.off('error', reject);
        resolve();
      });
    });
    stream.off('data', take);
    if (!this.#ours.contextTakeover) stream.reset();
    return Buffer.concat(parts);
  }
}
