const firstAllocation = 16 * 1024;

/**
 * Collects small chunks into one buffer of at most `capacity` bytes. Chunks are copied, because a source may reuse its buffer.
 * Memory grows with what is really held, so that ten thousand small uploads do not cost ten thousand full batches.
 */
export class Batch {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(readonly capacity: number) {}

  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length === this.capacity;
  }

  /** What is held; valid until the next `add` after a `clear`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies as much of `chunk` from `from` on as fits. Returns how many bytes it took. */
  add(chunk: Uint8Array, from: number): number {
    const taken = Math.min(chunk.length - from, this.capacity - this.#length);
    this.#reserve(this.#length + taken);
    this.#buffer.set(chunk.subarray(from, from + taken), this.#length);
    this.#length += taken;
    return taken;
  }

  /** Empties the batch and keeps its memory for the next round. */
  clear(): void {
    this.#length = 0;
  }

  #reserve(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const size = Math.min(this.capacity, Math.max(needed, firstAllocation, this.#buffer.length * 4));
    // Not from the shared pool: a batch lives long and would pin the pool's slab.
    const grown = Buffer.allocUnsafeSlow(size);
    grown.set(this.bytes);
    this.#buffer = grown;
  }
}
