import { createHash, type Hash } from 'node:crypto';
import type { BlobIdentity } from '@muniment/domain';
import { DualDigest } from '@muniment/formats';

/** Everything that is to be known of a file's bytes, from one read: both digests, and whatever else signatures were made over. */
export class ContentDigests {
  readonly #dual = new DualDigest();
  readonly #others: ReadonlyMap<string, Hash>;
  #identity: BlobIdentity | null = null;

  /** @param names Digests beyond the two, as `node:crypto` calls them. */
  constructor(names: Iterable<string> = []) {
    this.#others = new Map([...new Set(names)].map((name) => [name, createHash(name)]));
  }

  update(chunk: Uint8Array): void {
    this.#dual.update(chunk);
    for (const hash of this.#others.values()) hash.update(chunk);
  }

  /** After the last update. */
  identity(): BlobIdentity {
    return (this.#identity ??= this.#dual.finish());
  }

  /** A running digest, to be continued in a copy. */
  running(name: string): Hash {
    const hash = this.#others.get(name);
    if (hash === undefined) throw new Error(`${name} was not digested`);
    return hash;
  }
}
