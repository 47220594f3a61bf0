import type { RetainedPackage } from '@muniment/application';
import type { Database } from '../database.js';
import { packageState, type PackageRow } from './rows-of-packages.js';
import { retentionState, type HoldRow, type RetentionRow } from './rows-of-retention.js';

/** All holds of a package, active ones in order of application, ended ones in order of release. `package` is the outer query's package id. */
export const holdsOf = (packageId: string): string =>
  `(select json_agg(h order by h.released_at, h.applied_at, h.hold_id) from retention_holds h where h.package_id = ${packageId})`;

export interface RetainedRow {
  readonly package: PackageRow;
  readonly state: RetentionRow;
  readonly holds: readonly HoldRow[] | null;
}

/** Columns of {@link RetainedRow} for `packages p join retention_state r`. */
export const retainedColumns = `row_to_json(p) as package, row_to_json(r) as state, ${holdsOf('r.package_id')} as holds`;

export function retainedPackage({ package: row, state, holds }: RetainedRow): RetainedPackage {
  return { package: packageState(row, state.revision), retention: retentionState(state, holds ?? []) };
}

/** These packages with their retention, by id; one statement, so everything about a package is of one snapshot. */
export async function loadRetained(database: Database, packageIds: readonly string[]): Promise<ReadonlyMap<string, RetainedPackage>> {
  if (packageIds.length === 0) return new Map();
  const { rows } = await database.pool.query<RetainedRow>({
    name: 'retained_packages',
    text: `select ${retainedColumns} from packages p join retention_state r on r.package_id = p.id where p.id = any($1::uuid[])`,
    values: [packageIds],
  });
  return new Map(rows.map((row) => [row.package.id, retainedPackage(row)]));
}
