import type { Sha256 } from '@muniment/domain';

/** Held while bytes become a referenced blob, and while an unreferenced blob is removed: the two never meet. */
export function blobLock(sha256: Sha256): string {
  return `blob:${sha256}`;
}
