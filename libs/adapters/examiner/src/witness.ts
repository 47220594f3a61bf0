import type { BlobIdentity } from '@muniment/domain';
import { DualDigest } from '@muniment/formats';

/** Sees every byte of one file in order, and says in the end what it was. */
export interface Witness {
  update(bytes: Uint8Array): void;
  /** The identity of everything seen. Once. */
  finish(): BlobIdentity;
  /** To be called when the witness is not needed any more, finished or not, before the file is closed. Safe to repeat. */
  end(): void;
}

/** Both digests in this thread. */
export function soleWitness(): Witness {
  const digest = new DualDigest();
  return { update: (bytes) => digest.update(bytes), finish: () => digest.finish(), end: () => undefined };
}
