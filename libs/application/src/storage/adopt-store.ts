import { mayBeMarked } from '@muniment/domain';
import type { BlobLister, BlobReader, StagingArea } from '../ports/blob-store.js';
import type { Clock, Ids } from '../ports/clock.js';
import type { Locks } from '../ports/locks.js';
import type { MarkedStore, StoreRecords } from '../ports/store-identity.js';
import { gatherEvidence } from './store-evidence.js';
import { storeLock } from './store-lock.js';
import { WrongStore } from './wrong-store.js';

export interface Adopted {
  readonly storeId: string;
  /** Id on record before; the same when nothing had to change. */
  readonly before: string;
  readonly location: string;
  /** Of how many contents that the database refers to the store was asked, and how many it has. */
  readonly sought: number;
  readonly found: number;
}

/** The operator says that this store is the archive's from now on: it was moved without its marker, or replaced. Services must be started again. */
export class AdoptStore {
  constructor(
    private readonly records: StoreRecords,
    private readonly store: MarkedStore & BlobReader & BlobLister & StagingArea,
    private readonly locks: Locks,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @param acceptLoss Takes the store even if it lacks what the database refers to: those bytes are then lost. Otherwise rejects with a {@link WrongStore}. */
  execute(acceptLoss: boolean): Promise<Adopted> {
    return this.locks.hold(storeLock, async () => {
      const { storeId: before } = await this.records.claim(this.ids.next());
      const { location } = this.store;
      const evidence = await gatherEvidence(this.records, this.store);
      const marker = await this.store.marker();
      if (mayBeMarked(evidence) === 'bytes_lacking' && !acceptLoss)
        throw new WrongStore('bytes_lacking', { location, expected: before, found: marker?.storeId ?? null, evidence });
      // A fresh id: the store that had the old one may still exist, and is no longer the archive's.
      const { storeId } = marker ?? (await this.store.mark({ storeId: this.ids.next(), createdAt: this.clock.now() }));
      await this.records.settle(storeId);
      const { sought, found } = evidence;
      return { storeId, before, location, sought, found };
    });
  }
}
