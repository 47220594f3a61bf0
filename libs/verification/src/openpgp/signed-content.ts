import { createHash, type Hash } from 'node:crypto';
import type { ReadSignature } from './check-signature.js';

/** The content of one file as its detached signatures need it: a running digest for each algorithm among them, from one read. */
export class SignedContent {
  readonly #hashes: ReadonlyMap<string, Hash>;

  constructor(signatures: readonly ReadSignature[]) {
    this.#hashes = new Map(signatures.map(({ signature: { hashName } }) => [hashName, createHash(hashName)]));
  }

  update(chunk: Uint8Array): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  /** To be continued in a copy. */
  running(name: string): Hash {
    const hash = this.#hashes.get(name);
    if (hash === undefined) throw new Error(`${name} was not digested`);
    return hash;
  }
}
