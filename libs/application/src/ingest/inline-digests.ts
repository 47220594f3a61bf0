import { DualDigest } from '@muniment/formats';
import type { StreamDigest, StreamDigests } from '../ports/stream-digests.js';

/** Digests in the calling thread, which hold nothing that would have to be given back. */
class InlineDigest extends DualDigest implements StreamDigest {
  end(): void {
    // nothing is held
  }
}

/** Every stream is digested where it is received. */
export const inlineDigests: StreamDigests = { begin: () => new InlineDigest() };
