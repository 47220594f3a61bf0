import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Blake3Hasher } from '@napi-rs/blake-hash';
import { parseBlake3, parseSha256, type BlobIdentity } from '@muniment/domain';
import { abandoned, digestBytes, ended, finished, leash, side, stepAt, type PairMemory } from './pair-memory.js';
import type { Witness } from './witness.js';

/** Below this size waking the partner costs more than the second core gives. */
const minBytes = 16 * 1024 * 1024;
/** A partner that does nothing for so long is gone: its file is retried, another partner is not started. */
const patienceMs = 60_000;

/**
 * Digests one large file on two cores: this thread reads it, for BLAKE3 and whatever else it does with the bytes, its partner reads it for SHA-256. SHA-256 cannot
 * be split, so its speed alone is the limit then. Each reads for itself, out of the page cache, because handing bytes to another core costs more than reading them
 * there; and neither goes far ahead of the other, so that the disk is read once. Both sides block while they wait; that is what a worker thread is for.
 */
export class PairedDigest {
  readonly #memory: PairMemory = {
    progress: new SharedArrayBuffer(side.words * Int32Array.BYTES_PER_ELEMENT),
    digest: new SharedArrayBuffer(digestBytes),
    size: new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT),
  };
  readonly #progress = new Int32Array(this.#memory.progress);
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
   * Witnesses the whole file that `fd` is open for, beside a reader who goes through it from its beginning. One file at a time; `end` has to be called before it is
   * closed. `update` and `finish` throw when the partner could not read it or is gone, `finish` also when it became longer or shorter meanwhile.
   */
  begin(fd: number): Witness {
    const blake3 = new Blake3Hasher();
    let size = 0;
    let done = false;
    this.#progress.fill(0);
    this.#partner?.postMessage(fd);
    const end = (outcome: number): void => {
      if (done) return;
      done = true;
      this.#tell(outcome);
      if (this.#partner !== null) this.#await(Infinity);
    };
    return {
      update: (bytes) => {
        blake3.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        size += bytes.byteLength;
        this.#tell(stepAt(size));
        this.#await(stepAt(size) - leash);
      },
      finish: () => {
        end(finished);
        // Also when it went away: the memory holds what it found about the file before.
        if (Atomics.load(this.#progress, side.partner) !== ended) throw new Error('The SHA-256 thread did not read the whole file');
        if (Number(new BigInt64Array(this.#memory.size)[0]) !== size) throw new Error('The file changed while it was read');
        return { sha256: this.#sha256(), blake3: parseBlake3(blake3.digest('hex')), size };
      },
      end: () => end(abandoned),
    };
  }

  /** Ends the partner. Safe to repeat. */
  async close(): Promise<void> {
    const partner = this.#partner;
    this.#partner = null;
    await partner?.terminate();
  }

  #sha256(): BlobIdentity['sha256'] {
    return parseSha256(Buffer.from(this.#memory.digest).toString('hex'));
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
      if (this.#partner === null) throw new Error('The SHA-256 thread is gone');
      if (Atomics.wait(this.#progress, side.partner, partner, patienceMs) !== 'timed-out') continue;
      void this.close();
      throw new Error('The SHA-256 thread does not answer');
    }
  }
}
