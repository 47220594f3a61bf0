import type { ActiveHold, RetentionState } from '@muniment/domain';
import { instant } from './rows-of-packages.js';

/** Row of `retention_state` with its holds, as plain SQL returns it. */
export interface RetentionRow {
  readonly revision: number;
  readonly retention_class: string;
  readonly current_expires_at: string | Date | null;
  readonly eligible_since: string | Date | null;
  readonly curated_since: string | Date | null;
  readonly extended_at: string | Date | null;
  readonly extended_by: string | null;
  readonly extension_reason: string | null;
  readonly trashed_at: string | Date | null;
  readonly purge_after: string | Date | null;
  readonly restored_at: string | Date | null;
  readonly collected_at: string | Date | null;
}

export interface HoldRow {
  readonly hold_id: string;
  readonly reason: string;
  readonly actor: string;
  readonly applied_at: string | Date;
  readonly released_at: string | Date | null;
}

/** `holds` in order of application. */
export function retentionState(row: RetentionRow, holds: readonly HoldRow[]): RetentionState {
  const at = (value: string | Date | null) => (value === null ? null : instant(value));
  const [extendedAt, trashedAt, purgeAfter] = [at(row.extended_at), at(row.trashed_at), at(row.purge_after)];
  return {
    retentionClass: row.retention_class,
    expiresAt: at(row.current_expires_at),
    eligibleSince: at(row.eligible_since),
    holds: holds.filter(({ released_at }) => released_at === null).map(activeHold),
    releasedHolds: holds.filter(({ released_at }) => released_at !== null).map(({ hold_id }) => hold_id),
    extension: extendedAt === null ? null : { at: extendedAt, actor: row.extended_by ?? '', reason: row.extension_reason ?? '' },
    curatedSince: at(row.curated_since),
    trash: trashedAt === null || purgeAfter === null ? null : { since: trashedAt, purgeAfter },
    restoredAt: at(row.restored_at),
    collectedAt: at(row.collected_at),
  };
}

function activeHold({ hold_id, reason, actor, applied_at }: HoldRow): ActiveHold {
  return { holdId: hold_id, reason, actor, appliedAt: instant(applied_at) };
}
