import type { BlobIdentity } from '@muniment/domain';
import { DualDigest, type ByteFeed } from '@muniment/formats';

/** Digests every byte that is read through it, so that inspection and both digests share one read. */
export class DigestedFeed implements ByteFeed {
  readonly #digest = new DualDigest();
  #ended = false;

  constructor(readonly feed: ByteFeed) {}

  async next(): Promise<Uint8Array | null> {
    if (this.#ended) return null;
    const chunk = await this.feed.next();
    if (chunk === null) this.#ended = true;
    else this.#digest.update(chunk);
    return chunk;
  }

  /** Reads what an inspection that stopped early left over, and gives the identity of the whole. */
  async finish(): Promise<BlobIdentity> {
    while ((await this.next()) !== null);
    return this.#digest.finish();
  }
}
