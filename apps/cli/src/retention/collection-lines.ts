import type { CollectionAnswer, PlanAnswer } from '@muniment/contracts';
import { humanSize } from '../output.js';

/** Packages of each step that are listed; `--json` has them all. */
const listed = 50;

/** A plan for somebody who is about to decide on it. */
export function planLines(answer: PlanAnswer, limit: number | undefined): readonly string[] {
  const { plan, plan_digest, packages, bytes, brake } = answer;
  const { archive_packages, archive_bytes, max_share_percent, tripped } = brake;
  if (packages === 0) return [`nothing to collect as of ${plan.as_of}`];
  return [
    ...step('into the trash', plan.trash),
    ...step('out of the trash, for ever', plan.purge),
    `together ${packages} of ${archive_packages} packages, ${humanSize(bytes)} of ${humanSize(archive_bytes)}, as of ${plan.as_of}`,
    ...(tripped
      ? [`BRAKE: this is more than ${max_share_percent} percent; only an administrator may start it, with --override-brake`]
      : []),
    `plan ${plan_digest}`,
    'Nothing was changed. To carry out exactly this plan:',
    `  muniment retention gc --execute ${plan_digest} --as-of ${plan.as_of}${limit === undefined ? '' : ` --limit ${limit}`} --reason "..."${tripped ? ' --override-brake' : ''}`,
  ];
}

function step(title: string, planned: PlanAnswer['plan']['trash']): readonly string[] {
  if (planned.length === 0) return [];
  const rows = planned
    .slice(0, listed)
    .map(
      ({ package_id, repository, name, files, bytes }) =>
        `  ${package_id}  ${humanSize(bytes).padStart(9)}  ${files} files  ${repository}  ${name}`,
    );
  const rest = planned.length > listed ? [`  and ${planned.length - listed} more`] : [];
  return [`${title}: ${planned.length} packages`, ...rows, ...rest];
}

export function collectionLines(collection: CollectionAnswer): readonly string[] {
  const { collection_id, state, started_at, started_by, reason, planned, completed_at } = collection;
  return [
    `collection ${collection_id} ${state}${completed_at === null ? '' : ` at ${completed_at}`}`,
    `  started ${started_at} by ${started_by}${reason === null ? '' : `: ${reason}`}`,
    `  ${progressText(collection)} (planned ${planned.trash} and ${planned.purge})`,
  ];
}

/** One line of what was done so far. */
export function progressText({ result }: CollectionAnswer): string {
  const { trashed, purged, skipped, locations_deleted, bytes_reclaimed } = result;
  const left = skipped === 0 ? '' : `, ${skipped} left alone because they had moved`;
  return `${trashed} packages put into the trash, ${purged} deleted${left}; ${locations_deleted} files gone, ${humanSize(bytes_reclaimed)} reclaimed`;
}
