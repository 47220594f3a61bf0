import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BlobIdentity } from '@muniment/domain';
import { DualDigest, type ByteFeed, type ByteSource } from '@muniment/formats';
import { readBytes } from './pair-memory.js';
import type { PairedDigest } from './paired-digest.js';

/** Feeds of a decoder: fewer, larger steps. */
const feedBytes = 512 * 1024;

/**
 * A stored file, read synchronously: on a worker thread this is 1.7 times as fast as the stream API (limits.md section 2).
 * Throws when the file is absent or cannot be read.
 */
export class LocalFile implements ByteSource {
  readonly size: number;
  readonly #fd: number;
  #scratch = Buffer.alloc(0);

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.size = fstatSync(this.#fd).size;
  }

  /** Both digests of the whole file, nothing else; large files on two cores where there is a pair of them. */
  identify(pair: PairedDigest | null): BlobIdentity {
    if (pair?.takes(this.size)) return pair.identify(this.#fd);
    const buffer = Buffer.allocUnsafeSlow(readBytes);
    const digest = new DualDigest();
    for (;;) {
      const length = readSync(this.#fd, buffer, 0, buffer.length, digest.size);
      if (length === 0) return digest.finish();
      digest.update(length === buffer.length ? buffer : buffer.subarray(0, length));
    }
  }

  /** The file in order, through two alternating buffers. */
  feed(): ByteFeed {
    const buffers = [Buffer.allocUnsafeSlow(feedBytes), Buffer.allocUnsafeSlow(feedBytes)] as const;
    let turn = 0;
    let at = 0;
    return {
      next: () => {
        const buffer = buffers[turn % 2 === 0 ? 0 : 1];
        turn += 1;
        const length = readSync(this.#fd, buffer, 0, buffer.length, at);
        at += length;
        return Promise.resolve(length === 0 ? null : buffer.subarray(0, length));
      },
    };
  }

  read(offset: number, length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafeSlow(length);
    const into = this.#scratch.subarray(0, length);
    readFully(this.#fd, into, offset);
    return into;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Fills `into` from `offset`. Throws when the file is shorter. */
export function readFully(fd: number, into: Uint8Array, offset: number): void {
  for (let done = 0; done < into.length; ) {
    const length = readSync(fd, into, done, into.length - done, offset + done);
    if (length === 0) throw new Error('The file ended while it was read');
    done += length;
  }
}
