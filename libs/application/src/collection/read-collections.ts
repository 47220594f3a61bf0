import { Refusal, type Principal } from '@muniment/domain';
import type { Collections, CollectionTally, CollectionView, LedgerEntry, StorageLedger } from '../ports/retention.js';
import { assertMayCollect } from './may-collect.js';

/** A collection with what it did so far. */
export interface CollectionProgress {
  readonly collection: CollectionView;
  readonly done: CollectionTally & { readonly skipped: number };
}

/** What people see of collections and of the space that things take. */
export class ReadCollections {
  constructor(
    private readonly collections: Collections,
    private readonly ledger: StorageLedger,
  ) {}

  /** Refuses an unknown one (`collection_not_found`). */
  async one(collectionId: string, caller: Principal): Promise<CollectionProgress> {
    assertMayCollect(caller);
    const found = await this.collections.one(collectionId);
    if (found === null) throw new Refusal('collection_not_found', 'There is no such collection.');
    return this.progress(found);
  }

  /** Newest first. */
  async list(limit: number, caller: Principal): Promise<readonly CollectionProgress[]> {
    assertMayCollect(caller);
    return Promise.all((await this.collections.list(limit)).map((collection) => this.progress(collection)));
  }

  /** As counted last; empty while nobody has counted. */
  async storage(caller: Principal): Promise<readonly LedgerEntry[]> {
    assertMayCollect(caller);
    return this.ledger.entries();
  }

  private async progress(collection: CollectionView): Promise<CollectionProgress> {
    const { result } = collection;
    if (result === null) return { collection, done: { ...(await this.collections.tally(collection.id)), skipped: 0 } };
    return {
      collection,
      done: {
        trashed: result['trashed'] ?? 0,
        purged: result['purged'] ?? 0,
        skipped: result['skipped'] ?? 0,
        locationsDeleted: result['locations_deleted'] ?? 0,
        bytesReclaimed: result['bytes_reclaimed'] ?? 0,
      },
    };
  }
}
