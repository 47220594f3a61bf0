import type { Sha256 } from '@muniment/domain';
import type { BlobRemover, StagingArea } from '../ports/blob-store.js';
import type { Locks } from '../ports/locks.js';
import type { DueWork } from '../ports/views.js';
import { blobLock } from '../hashing/blob-lock.js';

const batch = 500;

export interface Reaped {
  readonly staged: number;
  readonly blobs: number;
}

/**
 * Removes what crashes left behind: staged bytes no received file and no open session needs, and blobs no package refers to, both only when older
 * than the reaper age. Age alone protects what is being written now; the lock protects a blob that is becoming referenced.
 */
export class ReapOrphans {
  constructor(
    private readonly store: StagingArea & BlobRemover,
    private readonly due: DueWork,
    private readonly locks: Locks,
  ) {}

  async execute(olderThan: Date): Promise<Reaped> {
    let staged = 0;
    for await (const keys of batches(this.store.listStaged(olderThan))) {
      const needed = await this.due.neededStagingKeys(keys);
      for (const key of keys.filter((k) => !needed.has(k))) {
        await this.store.discard(key);
        staged++;
      }
    }
    let blobs = 0;
    for await (const sha256s of batches(this.store.listBlobs(olderThan))) {
      const referenced = await this.due.referencedBlobs(sha256s);
      for (const sha256 of sha256s.filter((s) => !referenced.has(s))) blobs += await this.removeOrphan(sha256);
    }
    return { staged, blobs };
  }

  private async removeOrphan(sha256: Sha256): Promise<number> {
    const removed = await this.locks.tryHold(blobLock(sha256), async () => {
      const referencedNow = await this.due.referencedBlobs([sha256]);
      if (referencedNow.size > 0) return 0;
      await this.store.removeBlobs([sha256]);
      return 1;
    });
    return removed ?? 0;
  }
}

async function* batches<T>(items: AsyncIterable<T>): AsyncIterable<readonly T[]> {
  let collected: T[] = [];
  for await (const item of items) {
    collected.push(item);
    if (collected.length < batch) continue;
    yield collected;
    collected = [];
  }
  if (collected.length > 0) yield collected;
}
