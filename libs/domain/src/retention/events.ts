import type { Blake3, Sha256 } from '../digest.js';
import type { Fact } from '../event.js';
import type { Instant } from '../instant.js';

/** The class was validated and the first expiry computed from it; `null` means never (RET-02, RET-04). */
export type RetentionDefaultApplied = Fact<
  'v1.retention.default_applied',
  Readonly<{ retention_class: string; expires_at: Instant | null }>
>;

/** Somebody moved the expiry later; the reason is the event's. Ends an eligibility that was already marked. */
export type RetentionExtended = Fact<
  'v1.retention.extended',
  Readonly<{ previous_expires_at: Instant; new_expires_at: Instant; extended_at: Instant }>
>;

/** Somebody stopped deletion until the hold is released; reason and actor are the event's. */
export type HoldApplied = Fact<'v1.retention.hold_applied', Readonly<{ hold_id: string; applied_at: Instant }>>;

/** One hold ended. Others may go on: `remaining_holds` says how many. */
export type HoldReleased = Fact<'v1.retention.hold_released', Readonly<{ hold_id: string; released_at: Instant; remaining_holds: number }>>;

/** Past its expiry, not held, not curated: the package may be deleted. At most one event per transition, whoever finds it. */
export type DeletionEligible = Fact<'v1.retention.deletion_eligible', Readonly<{ as_of: Instant; expires_at: Instant }>>;

/** The package joined the curated set of its repository and name: it stays whatever its class says. */
export type Promoted = Fact<'v1.retention.promoted', Readonly<{ promoted_at: Instant }>>;

export type DemotionCause = 'superseded' | 'validation_failed';
export type Demoted = Fact<'v1.retention.demoted', Readonly<{ demoted_at: Instant; cause: DemotionCause }>>;

/** First step of deletion: the bytes are not served any more, and not gone before `purge_after`. */
export type Trashed = Fact<'v1.retention.trashed', Readonly<{ collection_id: string; trashed_at: Instant; purge_after: Instant }>>;

export type RestorationCause = 'asked' | 'extended' | 'held' | 'promoted';
export type Restored = Fact<'v1.retention.restored', Readonly<{ restored_at: Instant; cause: RestorationCause }>>;

/** A file as the tombstone remembers it. */
export type CollectedFile = Readonly<{ path: string; sha256: Sha256; blake3: Blake3 | null; size: number }>;

/**
 * The tombstone: the package gave up its files. It says which rule let it go and what was checked, and names every file by its digests, for ever.
 * Manifest, `.meta` records (`kept`) and events stay.
 */
export type Collected = Fact<
  'v1.retention.collected',
  Readonly<{
    collection_id: string;
    collected_at: Instant;
    rule: Readonly<{ retention_class: string; expires_at: Instant; eligible_since: Instant; trashed_at: Instant; purge_after: Instant }>;
    checked: Readonly<{ active_holds: number; released_holds: readonly string[]; curated: boolean }>;
    manifest_digest: string | null;
    released: readonly CollectedFile[];
    kept: readonly CollectedFile[];
  }>
>;

export type RetentionEvent =
  | RetentionDefaultApplied
  | RetentionExtended
  | HoldApplied
  | HoldReleased
  | DeletionEligible
  | Promoted
  | Demoted
  | Trashed
  | Restored
  | Collected;
