import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { parseBlake3, parseSha256, type BlobIdentity } from '@muniment/domain';
import { abandoned, control, digestBytes, pairSlots, type PairMemory, pairSlotBytes } from './pair-memory.js';

/** Below this size the hand-over costs more than the second core gives. */
const minBytes = 16 * 1024 * 1024;
/** A partner that does nothing for so long is gone: its file is retried, another partner is not started. */
const patienceMs = 60_000;

/**
 * Digests one large file on two cores: this thread reads and does BLAKE3, its partner does SHA-256 over the same memory. SHA-256 cannot be
 * split, so its speed alone is the limit then. Both sides block while they wait; that is what a worker thread is for.
 */
export class PairedDigest {
  readonly #memory: PairMemory = {
    slots: new SharedArrayBuffer(pairSlots * pairSlotBytes),
    control: new SharedArrayBuffer(control.words * Int32Array.BYTES_PER_ELEMENT),
    digest: new SharedArrayBuffer(digestBytes),
  };
  readonly #control = new Int32Array(this.#memory.control);
  #partner: Worker | null = null;
  #ready = false;

  constructor(file: URL) {
    if (availableParallelism() < 2) return;
    const partner = new Worker(file, { workerData: this.#memory, name: 'sha256' });
    partner.on('message', () => (this.#ready = true));
    // Without a partner files are digested on one core: slower, never wrong.
    partner.on('error', () => (this.#partner = null));
    partner.on('exit', () => (this.#partner = null));
    partner.unref();
    this.#partner = partner;
  }

  /** True when it is worth using for a file of `size` bytes, and the partner is there. */
  takes(size: number): boolean {
    return this.#ready && this.#partner !== null && size >= minBytes;
  }

  /** Both digests of what `read` gives. `read` fills the buffer and answers how many bytes, 0 at the end; what it throws is thrown on. */
  identify(read: (into: Buffer) => number): BlobIdentity {
    const blake3 = new Blake3Hasher();
    this.#control.fill(0);
    this.#partner?.postMessage('begin');
    let size = 0;
    let turn = 0;
    try {
      for (; ; turn++) {
        const slot = this.#free(turn);
        const length = this.#fill(slot, turn, read);
        if (length === 0) break;
        blake3.update(length === slot.length ? slot : slot.subarray(0, length));
        size += length;
      }
    } finally {
      // The end mark is consumed when the digest lies in memory; after an error too, the partner must be idle before the next file.
      if (this.#partner !== null) this.#await(turn + 1);
    }
    return { sha256: parseSha256(Buffer.from(this.#memory.digest).toString('hex')), blake3: parseBlake3(blake3.digest('hex')), size };
  }

  /** Ends the partner. Safe to repeat. */
  async close(): Promise<void> {
    const partner = this.#partner;
    this.#partner = null;
    await partner?.terminate();
  }

  #free(turn: number): Buffer {
    this.#await(turn + 1 - pairSlots);
    return Buffer.from(this.#memory.slots, (turn % pairSlots) * pairSlotBytes, pairSlotBytes);
  }

  #fill(slot: Buffer, turn: number, read: (into: Buffer) => number): number {
    let length = abandoned;
    try {
      length = read(slot);
      return length;
    } finally {
      this.#control[control.lengths + (turn % pairSlots)] = length;
      Atomics.add(this.#control, control.filled, 1);
      Atomics.notify(this.#control, control.filled);
    }
  }

  /** Blocks until the partner has consumed `count` slots. */
  #await(count: number): void {
    for (;;) {
      const consumed = Atomics.load(this.#control, control.consumed);
      if (consumed >= count) return;
      if (Atomics.wait(this.#control, control.consumed, consumed, patienceMs) !== 'timed-out') continue;
      void this.close();
      throw new Error('The SHA-256 thread does not answer');
    }
  }
}
