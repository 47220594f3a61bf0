import type { Instant } from '../instant.js';

export interface ActiveHold {
  readonly holdId: string;
  readonly reason: string;
  readonly actor: string;
  readonly appliedAt: Instant;
}

/** How long a package is kept, as its events left it. */
export interface RetentionState {
  readonly retentionClass: string;
  /** `null`: never. */
  readonly expiresAt: Instant | null;
  /** When it was found that the package may be deleted; `null` while it may not, or while nobody has looked. */
  readonly eligibleSince: Instant | null;
  /** Oldest first. Any of them stops deletion. */
  readonly holds: readonly ActiveHold[];
  readonly releasedHolds: readonly string[];
  /** The latest extension, for the explanation. */
  readonly extension: { readonly actor: string; readonly reason: string; readonly at: Instant } | null;
  readonly curatedSince: Instant | null;
  readonly trash: { readonly since: Instant; readonly purgeAfter: Instant } | null;
  readonly restoredAt: Instant | null;
  readonly collectedAt: Instant | null;
}

/** Past its expiry with nothing that stops it. The one rule that sweep, preview, explanation and collection share; keep beats delete. */
export function mayBeDeleted(state: Pick<RetentionState, 'expiresAt' | 'holds' | 'curatedSince' | 'collectedAt'>, at: Instant): boolean {
  const { expiresAt, holds, curatedSince, collectedAt } = state;
  return expiresAt !== null && expiresAt <= at && holds.length === 0 && curatedSince === null && collectedAt === null;
}
