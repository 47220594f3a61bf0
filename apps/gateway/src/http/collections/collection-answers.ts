import type { CollectionProgress, LedgerEntry, Planned } from '@muniment/application';
import type { CollectionAnswer, LedgerAnswer, PlanAnswer } from '@muniment/contracts';

export function planAnswer({ plan, digest, brake }: Planned): PlanAnswer {
  return {
    plan_digest: digest,
    plan: { ...plan, trash: [...plan.trash], purge: [...plan.purge] },
    packages: brake.planned.packages,
    bytes: brake.planned.bytes,
    brake: {
      tripped: brake.tripped,
      max_share_percent: brake.maxSharePercent,
      archive_packages: brake.archive.packages,
      archive_bytes: brake.archive.bytes,
    },
  };
}

export function collectionAnswer({ collection, done }: CollectionProgress): CollectionAnswer {
  const { id, completedAt, planDigest, asOf, startedAt, startedBy, reason, plannedTrash, plannedPurge } = collection;
  const { trashed, purged, skipped, locationsDeleted, bytesReclaimed } = done;
  return {
    collection_id: id,
    state: completedAt === null ? 'running' : 'completed',
    plan_digest: planDigest,
    as_of: asOf,
    started_at: startedAt,
    started_by: startedBy,
    reason,
    planned: { trash: plannedTrash, purge: plannedPurge },
    completed_at: completedAt,
    result: { trashed, purged, skipped, locations_deleted: locationsDeleted, bytes_reclaimed: bytesReclaimed },
  };
}

export function ledgerAnswer(entries: readonly LedgerEntry[]): LedgerAnswer {
  return {
    entries: entries.map(({ repository, packages, logicalBytes, uniqueBytes, trashBytes, measuredAt }) => ({
      repository,
      packages,
      logical_bytes: logicalBytes,
      unique_bytes: uniqueBytes,
      trash_bytes: trashBytes,
      measured_at: measuredAt,
    })),
  };
}
