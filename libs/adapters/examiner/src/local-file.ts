import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BlobIdentity } from '@muniment/domain';
import type { ByteFeed, ByteSource } from '@muniment/formats';
import { readBytes } from './pair-memory.js';
import type { PairedDigest } from './paired-digest.js';
import { soleWitness, type Witness } from './witness.js';

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

  /** Both digests of the whole file, nothing else. */
  identify(pair: PairedDigest | null): BlobIdentity {
    const witness = this.witness(pair);
    try {
      const buffer = Buffer.allocUnsafeSlow(readBytes);
      for (let at = 0; ; ) {
        const length = readSync(this.#fd, buffer, 0, buffer.length, at);
        if (length === 0) return witness.finish();
        witness.update(length === buffer.length ? buffer : buffer.subarray(0, length));
        at += length;
      }
    } finally {
      witness.end();
    }
  }

  /** For somebody who reads the file in order: large ones are witnessed on two cores where there is a pair of them. */
  witness(pair: PairedDigest | null): Witness {
    return pair?.takes(this.size) === true ? pair.begin(this.#fd) : soleWitness();
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
