import type { Sha256 } from '@muniment/domain';
import type { BlobRemover, StagingArea, StoreProbe } from '../ports/blob-store.js';
import type { Locks } from '../ports/locks.js';
import type { DueWork } from '../ports/views.js';
import { blobLock } from '../hashing/blob-lock.js';
import { stagingLock } from '../ingest/staging-lock.js';

const batch = 500;

export interface Reaped {
  readonly staged: number;
  readonly blobs: number;
}

/**
 * Removes what crashes left behind: staged bytes no received file and no open session needs, and blobs no package refers to, both only when older
 * than the reaper age. Age alone protects what is being written now; the locks protect what is becoming needed. Everything in the store of
 * another archive would look like an orphan, so the probe is asked whose this is.
 */
export class ReapOrphans {
  constructor(
    private readonly store: StagingArea & BlobRemover,
    private readonly due: DueWork,
    private readonly locks: Locks,
    private readonly probe: StoreProbe,
  ) {}

  async execute(olderThan: Date): Promise<Reaped> {
    await this.probe.check();
    let staged = 0;
    for await (const keys of batches(this.store.listStaged(olderThan))) {
      const needed = await this.due.neededStagingKeys(keys);
      const orphans = keys.filter((key) => !needed.has(key));
      if (orphans.length > 0) staged += await this.discardOrphans(orphans);
    }
    let blobs = 0;
    for await (const listed of batches(this.store.listBlobs(olderThan))) {
      const sha256s = listed.map(({ sha256 }) => sha256);
      const referenced = await this.due.referencedBlobs(sha256s);
      const orphans = sha256s.filter((s) => !referenced.has(s));
      if (orphans.length > 0) blobs += await this.removeOrphans(orphans);
    }
    return { staged, blobs };
  }

  /** Asked once more under the locks: who records a file so late that its bytes look like orphans looks for them afterwards, under the same lock. */
  private discardOrphans(keys: readonly string[]): Promise<number> {
    return this.locks.tryHoldAll(keys.map(stagingLock), async (held) => {
      const mine = keys.filter((key) => held.has(stagingLock(key)));
      const neededNow = await this.due.neededStagingKeys(mine);
      const orphans = mine.filter((key) => !neededNow.has(key));
      for (const key of orphans) await this.store.discard(key);
      return orphans.length;
    });
  }

  /** A blob whose lock somebody holds is becoming referenced right now; it is looked at again next time. */
  private removeOrphans(sha256s: readonly Sha256[]): Promise<number> {
    return this.locks.tryHoldAll(sha256s.map(blobLock), async (held) => {
      const mine = sha256s.filter((sha256) => held.has(blobLock(sha256)));
      const referencedNow = await this.due.referencedBlobs(mine);
      const orphans = mine.filter((sha256) => !referencedNow.has(sha256));
      await this.store.removeBlobs(orphans);
      return orphans.length;
    });
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
