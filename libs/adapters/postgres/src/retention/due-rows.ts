/** Conditions on `retention_state r` as the partial indexes know them; with `current_expires_at <= at` they say what `mayBeDeleted` says. */
const letGo = 'not r.held and r.curated_since is null and r.collected_at is null';

/** Index retention_due_idx. */
export const unmarkedDue = `not r.eligible_for_deletion and ${letGo}`;
/** Index retention_eligible_idx. */
export const markedDue = `r.eligible_for_deletion and r.trashed_at is null and ${letGo}`;
/** Index retention_trash_idx. Packages in the trash are marked, too. */
export const trashedDue = `r.trashed_at is not null and ${letGo}`;
/** Held, but by the hold `id` alone. */
export const heldOnlyBy = (id: string): string => `r.held and r.curated_since is null and r.collected_at is null
  and r.package_id = (select h.package_id from retention_holds h where h.hold_id = ${id} and h.released_at is null)
  and not exists (select from retention_holds h where h.package_id = r.package_id and h.released_at is null and h.hold_id <> ${id})`;
