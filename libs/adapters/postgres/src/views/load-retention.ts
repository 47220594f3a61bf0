import type { RetentionState } from '@muniment/domain';
import type { Database } from '../database.js';
import { retentionState, type HoldRow, type RetentionRow } from './rows-of-retention.js';

/** All holds of a package, active ones in order of application, ended ones in order of release. `package` is the outer query's package id. */
export const holdsOf = (packageId: string): string =>
  `(select json_agg(h order by h.released_at, h.applied_at, h.hold_id) from retention_holds h where h.package_id = ${packageId})`;

interface Loaded {
  readonly package_id: string;
  readonly state: RetentionRow;
  readonly holds: readonly HoldRow[] | null;
}

/** Retention of these packages, by package id; one statement, so each state and its holds are of one snapshot. */
export async function loadRetention(database: Database, packageIds: readonly string[]): Promise<ReadonlyMap<string, RetentionState>> {
  if (packageIds.length === 0) return new Map();
  const { rows } = await database.pool.query<Loaded>({
    name: 'retention_of',
    text: `select r.package_id, row_to_json(r) as state, ${holdsOf('r.package_id')} as holds from retention_state r where r.package_id = any($1::uuid[])`,
    values: [packageIds],
  });
  return new Map(rows.map(({ package_id, state, holds }) => [package_id, retentionState(state, holds ?? [])]));
}
