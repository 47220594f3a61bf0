import type { Blake3, Sha256 } from '../digest.js';
import type { Fact } from '../event.js';
import type { Instant } from '../instant.js';
import type { CollectionPlan } from './plan.js';

/** Somebody gave back the digest of a plan, and the plan still held. The subject is the collection. */
export type CollectionStarted = Fact<
  'v1.collection.started',
  Readonly<{ collection_id: string; plan_digest: string; plan: CollectionPlan; brake_overridden: boolean; started_at: Instant }>
>;

/** Everything planned was done or, because it had moved in between, left alone (`skipped`). */
export type CollectionCompleted = Fact<
  'v1.collection.completed',
  Readonly<{
    collection_id: string;
    completed_at: Instant;
    trashed: number;
    purged: number;
    skipped: number;
    locations_deleted: number;
    /** Bytes the store got back: those whose last reference went. */
    bytes_reclaimed: number;
  }>
>;

/** A collected file's place in the store was given up. The bytes went only with the last reference (`physically_removed`). Of the package. */
export type LocationDeleted = Fact<
  'v1.storage.location_deleted',
  Readonly<{
    collection_id: string;
    path: string;
    sha256: Sha256;
    blake3: Blake3 | null;
    size: number;
    backend: string;
    physically_removed: boolean;
    deleted_at: Instant;
  }>
>;

export type CollectionEvent = CollectionStarted | CollectionCompleted;
