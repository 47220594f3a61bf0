import { readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { parseBlake3, parseSha256, type BlobIdentity } from '@muniment/domain';
import { abandoned, digestBytes, failed, finished, leash, readBytes, side, stepAt, type PairMemory } from './pair-memory.js';

/** Below this size waking the partner costs more than the second core gives. */
const minBytes = 16 * 1024 * 1024;
/** A partner that does nothing for so long is gone: its file is retried, another partner is not started. */
const patienceMs = 60_000;

/**
 * Digests one large file on two cores: this thread reads it for BLAKE3, its partner reads it for SHA-256. SHA-256 cannot be split, so its speed alone is the
 * limit then. Each reads for itself, out of the page cache, because handing bytes to another core costs more than reading them there; and neither goes far
 * ahead of the other, so that the disk is read once. Both sides block while they wait; that is what a worker thread is for.
 */
export class PairedDigest {
  readonly #memory: PairMemory = {
    progress: new SharedArrayBuffer(side.words * Int32Array.BYTES_PER_ELEMENT),
    digest: new SharedArrayBuffer(digestBytes),
    size: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT),
  };
  readonly #progress = new Int32Array(this.#memory.progress);
  readonly #buffer = Buffer.allocUnsafeSlow(readBytes);
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

  /**
   * Both digests of the whole file that `fd` is open for. Throws what `read`, by which this thread reads it, throws; and when the file becomes longer or
   * shorter meanwhile.
   */
  identify(fd: number, read: typeof readSync = readSync): BlobIdentity {
    const blake3 = new Blake3Hasher();
    this.#progress.fill(0);
    this.#partner?.postMessage(fd);
    let size = 0;
    let outcome: number = abandoned;
    try {
      for (let length = -1; length !== 0; size += length) {
        this.#await(stepAt(size) - leash);
        this.#tell(stepAt(size));
        length = read(fd, this.#buffer, 0, readBytes, size);
        if (length > 0) blake3.update(length === readBytes ? this.#buffer : this.#buffer.subarray(0, length));
      }
      outcome = finished;
    } finally {
      this.#tell(outcome);
      // After an error too: the partner must be idle before the file is closed.
      if (this.#partner !== null) this.#await(Infinity);
    }
    if (Atomics.load(this.#progress, side.partner) === failed) throw new Error('The SHA-256 thread could not read the file');
    if (Number(new BigInt64Array(this.#memory.size)[0]) !== size) throw new Error('The file changed while it was read');
    return { sha256: parseSha256(Buffer.from(this.#memory.digest).toString('hex')), blake3: parseBlake3(blake3.digest('hex')), size };
  }

  /** Ends the partner. Safe to repeat. */
  async close(): Promise<void> {
    const partner = this.#partner;
    this.#partner = null;
    await partner?.terminate();
  }

  #tell(step: number): void {
    Atomics.store(this.#progress, side.reader, step);
    Atomics.notify(this.#progress, side.reader);
  }

  /** Blocks until the partner has read so many steps, or is done with the file. */
  #await(step: number): void {
    for (;;) {
      const partner = Atomics.load(this.#progress, side.partner);
      if (partner < 0 || partner >= step) return;
      if (Atomics.wait(this.#progress, side.partner, partner, patienceMs) !== 'timed-out') continue;
      void this.close();
      throw new Error('The SHA-256 thread does not answer');
    }
  }
}
