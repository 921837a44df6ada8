/**
 * Room for the frames of one connection until its owner writes them out, all at once.
 *
 * Spec      -
 * Next      frame-writer.ts - encodes frames into this room; io/socket-output.ts - writes it
 * Left out  sockets, and when to write
 *
 *   segments   [ first slab, filled ] [ a shared frame ] [ second slab, being filled      ]
 *                                                          '- frames -' '- free, reserve -'
 */
const nothing = Buffer.alloc(0);
const firstSlabBytes = 1024;
const largestSlabBytes = 64 * 1024;

/** Collects bytes in the order they were committed. What `take` returns is never touched again. */
export class FrameOutput {
  /** Bytes committed and not yet taken. */
  pendingBytes = 0;

  #segments: Buffer[] = [];
  #slab: Buffer = nothing;
  /** The part of the slab that is committed and not yet among the segments. */
  #start = 0;
  #end = 0;

  /** Room for `bytes` bytes, to be filled from its start and then committed. */
  reserve(bytes: number): Buffer {
    if (this.#slab.length - this.#end < bytes) {
      this.#closeSlab();
      const next = Math.min(largestSlabBytes, Math.max(firstSlabBytes, this.#slab.length * 4));
      this.#slab = Buffer.allocUnsafeSlow(Math.max(bytes, next));
      this.#start = 0;
      this.#end = 0;
    }
    return this.#slab.subarray(this.#end, this.#end + bytes);
  }

  /** Hands over the first `bytes` bytes of the room that was reserved last. */
  commit(bytes: number): void {
    this.#end += bytes;
    this.pendingBytes += bytes;
  }

  /** Adds bytes that lie elsewhere, without a copy: they must never change again. */
  forward(bytes: Buffer): void {
    this.#closeSlab();
    this.#segments.push(bytes);
    this.pendingBytes += bytes.length;
  }

  /** All that was committed, in order; afterwards the output is empty and holds no memory. */
  take(): Buffer[] {
    this.#closeSlab();
    const segments = this.#segments;
    this.#segments = [];
    this.#slab = nothing;
    this.#start = 0;
    this.#end = 0;
    this.pendingBytes = 0;
    return segments;
  }

  #closeSlab(): void {
    if (this.#end > this.#start) this.#segments.push(this.#slab.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
