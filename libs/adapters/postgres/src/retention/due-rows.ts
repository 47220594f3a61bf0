/** Conditions on `retention_state r` that, with `current_expires_at <= at`, say what `mayBeDeleted` says; each names the index it is found through. */
const letGo = 'not r.held and r.curated_since is null and r.collected_at is null';

/** Index retention_expiry_idx. */
export const keptDue = `r.trashed_at is null and ${letGo}`;
/** The same without what is marked: only what is marked can be in the trash. */
export const unmarkedDue = `not r.eligible_for_deletion and ${keptDue}`;
/** Index retention_trash_idx. */
export const trashedDue = `r.trashed_at is not null and ${letGo}`;
/** Held, but by the hold `id` alone. */
export const heldOnlyBy = (id: string): string => `r.held and r.curated_since is null and r.collected_at is null
  and r.package_id = (select h.package_id from retention_holds h where h.hold_id = ${id} and h.released_at is null)
  and not exists (select from retention_holds h where h.package_id = r.package_id and h.released_at is null and h.hold_id <> ${id})`;
