import type { DecisionContext } from '../event.js';
import type { Collected, CollectedFile } from '../retention/events.js';
import { mayBeDeleted, type RetentionState } from '../retention/state.js';
import type { FileState, PackageState } from '../package/state.js';

export interface CollectibleView {
  readonly package: PackageState;
  readonly retention: RetentionState;
  readonly files: readonly FileState[];
}

/**
 * The tombstone, or nothing when anything speaks against it now: out of the trash, not yet time, held, curated, kept for ever, gone before. The
 * rules are asked again here, whatever the plan said. `.meta` records stay (RET-25).
 */
export function collectPackage(view: CollectibleView, collectionId: string, { now }: DecisionContext): readonly Collected[] {
  const { package: pkg, retention, files } = view;
  const { trash, expiresAt, eligibleSince } = retention;
  if (trash === null || trash.purgeAfter > now || expiresAt === null || eligibleSince === null || !mayBeDeleted(retention, now)) return [];
  const present = files.filter(({ phase }) => phase !== 'refused');
  return [
    {
      type: 'v1.retention.collected',
      payload: {
        collection_id: collectionId,
        collected_at: now,
        rule: {
          retention_class: retention.retentionClass,
          expires_at: expiresAt,
          eligible_since: eligibleSince,
          trashed_at: trash.since,
          purge_after: trash.purgeAfter,
        },
        checked: {
          active_holds: retention.holds.length,
          released_holds: retention.releasedHolds,
          curated: retention.curatedSince !== null,
        },
        manifest_digest: pkg.manifestDigest,
        released: present.filter((file) => !staysForEver(file)).map(remembered),
        kept: present.filter(staysForEver).map(remembered),
      },
    },
  ];
}

/** Verified `.meta` records outlive the files they describe. */
function staysForEver({ phase, format }: FileState): boolean {
  return phase === 'ingested' && format === 'meta';
}

function remembered({ path, sha256, blake3, size }: FileState): CollectedFile {
  return { path, sha256, blake3, size };
}
