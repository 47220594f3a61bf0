import { mayBeMarked } from '@muniment/domain';
import type { BlobLister, BlobReader, StagingArea } from '../ports/blob-store.js';
import type { Clock, Ids } from '../ports/clock.js';
import type { Locks } from '../ports/locks.js';
import type { MarkedStore, StoreRecords } from '../ports/store-identity.js';
import { assertOwn } from './own-store.js';
import { gatherEvidence } from './store-evidence.js';
import { storeLock } from './store-lock.js';
import { WrongStore } from './wrong-store.js';

/**
 * What every process does before it uses the store: makes sure that it is the archive's. The first one of an archive chooses an id, records it, and then
 * marks the store with it, so that a kill between the two leaves an id that the next one goes on with, never a store that nobody knows.
 */
export class IdentifyStore {
  constructor(
    private readonly records: StoreRecords,
    private readonly store: MarkedStore & BlobReader & BlobLister & StagingArea,
    private readonly locks: Locks,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** The id of the store. Rejects with a {@link WrongStore}. */
  async execute(): Promise<string> {
    const { storeId, settled } = await this.records.claim(this.ids.next());
    if (!settled) return this.locks.hold(storeLock, () => this.settle());
    await assertOwn(this.store, storeId);
    return storeId;
  }

  /** One process at a time: bytes that a neighbour has begun to write must not look like those of a stranger. */
  private async settle(): Promise<string> {
    const { storeId, settled } = await this.records.claim(this.ids.next());
    if (!settled && (await this.store.marker()) === null) await this.mark(storeId);
    await assertOwn(this.store, storeId);
    if (!settled) await this.records.settle(storeId);
    return storeId;
  }

  private async mark(storeId: string): Promise<void> {
    const evidence = await gatherEvidence(this.records, this.store);
    const verdict = mayBeMarked(evidence);
    if (verdict !== 'mark') throw new WrongStore(verdict, { location: this.store.location, expected: storeId, found: null, evidence });
    await this.store.mark({ storeId, createdAt: this.clock.now() });
  }
}
