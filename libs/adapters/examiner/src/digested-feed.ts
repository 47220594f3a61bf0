import type { BlobIdentity } from '@muniment/domain';
import type { ByteFeed } from '@muniment/formats';
import type { Witness } from './witness.js';

/** Shows a witness every byte that is read through it, so that inspection and both digests share one read. */
export class DigestedFeed implements ByteFeed {
  #ended = false;

  constructor(
    private readonly feed: ByteFeed,
    private readonly witness: Witness,
  ) {}

  async next(): Promise<Uint8Array | null> {
    if (this.#ended) return null;
    const chunk = await this.feed.next();
    if (chunk === null) this.#ended = true;
    else this.witness.update(chunk);
    return chunk;
  }

  /** Reads what an inspection that stopped early left over, and gives the identity of the whole. */
  async finish(): Promise<BlobIdentity> {
    while ((await this.next()) !== null);
    return this.witness.finish();
  }
}
