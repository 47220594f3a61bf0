import type { CollectionEvent, LocationDeleted, RetentionEvent, Told } from '@muniment/domain';
import type { RowChange } from './row-change.js';
import { signatureDue } from './tables-of-attestation.js';
import { blobReferences, collections, files, packages, retentionHolds, retentionState } from './tables.js';

const unmarked = { eligible_for_deletion: false, eligible_since: null };

/** What a retention event does to the views of its package. */
export function retentionChanges(packageId: string, event: RetentionEvent, { actor, reason }: Told): readonly RowChange[] {
  const state = (row: RowChange['row']): RowChange => ({ table: retentionState, kind: 'update', row: { package_id: packageId, ...row } });
  switch (event.type) {
    case 'v1.retention.default_applied': {
      const { retention_class, expires_at } = event.payload;
      return [
        { table: packages, kind: 'update', row: { id: packageId, retention_class } },
        {
          table: retentionState,
          kind: 'insert',
          row: { package_id: packageId, retention_class, current_expires_at: expires_at, ...opened },
        },
      ];
    }
    case 'v1.retention.extended': {
      const { new_expires_at, extended_at } = event.payload;
      return [state({ current_expires_at: new_expires_at, extended_at, extended_by: actor, extension_reason: reason, ...unmarked })];
    }
    case 'v1.retention.hold_applied': {
      const { hold_id, applied_at } = event.payload;
      const ended = { released_at: null, released_by: null, release_reason: null };
      const row = { hold_id, package_id: packageId, reason: reason ?? '', actor, applied_at, ...ended };
      return [state({ held: true, ...unmarked }), { table: retentionHolds, kind: 'insert', row }];
    }
    case 'v1.retention.hold_released': {
      const { hold_id, released_at, remaining_holds } = event.payload;
      const row = { hold_id, released_at, released_by: actor, release_reason: reason };
      return [state({ held: remaining_holds > 0 }), { table: retentionHolds, kind: 'update', row }];
    }
    case 'v1.retention.deletion_eligible':
      return [state({ eligible_for_deletion: true, eligible_since: event.payload.as_of })];
    case 'v1.retention.promoted':
      return [state({ curated_since: event.payload.promoted_at, ...unmarked })];
    case 'v1.retention.demoted':
      return [state({ curated_since: null })];
    case 'v1.retention.trashed': {
      const { collection_id, trashed_at, purge_after } = event.payload;
      return [state({ trashed_at, purge_after, collection_id })];
    }
    case 'v1.retention.restored':
      return [state({ trashed_at: null, purge_after: null, collection_id: null, restored_at: event.payload.restored_at })];
    case 'v1.retention.collected': {
      const { collection_id, collected_at, released } = event.payload;
      const any = { column: 'path', values: released.map(({ path }) => path) };
      return [
        { table: packages, kind: 'update', row: { id: packageId, phase: 'garbage_collected' } },
        state({ collected_at, collection_id }),
        { table: files, kind: 'update', row: { package_id: packageId, phase: 'released', staging_key: null }, any },
        { table: blobReferences, kind: 'delete', row: { package_id: packageId }, any },
        { table: signatureDue, kind: 'delete', row: { package_id: packageId }, any },
      ];
    }
  }
}

const opened = {
  ...unmarked,
  held: false,
  curated_since: null,
  extended_at: null,
  extended_by: null,
  extension_reason: null,
  trashed_at: null,
  purge_after: null,
  restored_at: null,
  collected_at: null,
  collection_id: null,
};

export function locationDeleted(packageId: string, { path, physically_removed }: LocationDeleted['payload']): readonly RowChange[] {
  return [{ table: files, kind: 'update', row: { package_id: packageId, path, phase: 'removed', physically_removed } }];
}

/** The view of collections; their events belong to no package. */
export function collectionChanges(event: CollectionEvent, revision: number, { actor, reason }: Told): readonly RowChange[] {
  if (event.type === 'v1.collection.started') {
    const { collection_id, plan_digest, plan, started_at } = event.payload;
    const row = {
      id: collection_id,
      revision,
      plan_digest,
      as_of: plan.as_of,
      started_at,
      started_by: actor,
      reason,
      planned_trash: plan.trash.length,
      planned_purge: plan.purge.length,
      completed_at: null,
      result: null,
    };
    return [{ table: collections, kind: 'insert', row }];
  }
  const { collection_id, completed_at, ...result } = event.payload;
  return [{ table: collections, kind: 'update', row: { id: collection_id, revision, completed_at, result } }];
}
