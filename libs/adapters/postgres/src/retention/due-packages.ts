import type { DuePackage, DueQuery } from '@muniment/application';
import type { Database } from '../database.js';
import { repositoryPatterns } from '../views/repository-patterns.js';
import { holdsOf } from '../views/load-retention.js';
import { retentionState, type HoldRow, type RetentionRow } from '../views/rows-of-retention.js';
import { heldOnlyBy, keptDue, trashedDue, unmarkedDue } from './due-rows.js';

interface DueRow {
  readonly package_id: string;
  readonly repository: string;
  readonly name: string;
  readonly state: RetentionRow;
  readonly holds: readonly HoldRow[] | null;
}

/** One branch for each index; each answers no more than a page, and the first page of all of them together is the answer. */
export async function duePackages(database: Database, query: DueQuery): Promise<readonly DuePackage[]> {
  const values: unknown[] = [query.at, query.limit];
  const where = ['r.current_expires_at <= $1::timestamptz'];
  const { after, withoutHold, unmarkedOnly } = query;
  if (after) {
    const [expiresAt, packageId] = [values.push(after.expiresAt), values.push(after.packageId)];
    where.push(`(r.current_expires_at, r.package_id) > ($${expiresAt}::timestamptz, $${packageId}::uuid)`);
  }
  const patterns = repositoryPatterns(query.repositories);
  if (patterns !== null) {
    where.push(`exists (select from packages p where p.id = r.package_id and p.repository like any($${values.push(patterns)}::text[]))`);
  }
  const branches = unmarkedOnly === true ? [unmarkedDue] : [keptDue, trashedDue];
  if (withoutHold !== undefined) branches.push(heldOnlyBy(`$${values.push(withoutHold)}::uuid`));
  const found = branches.map(
    (branch) => `(select r.package_id, r.current_expires_at from retention_state r where ${where.join(' and ')} and ${branch}
      order by r.current_expires_at, r.package_id limit $2::int)`,
  );
  const { rows } = await database.pool.query<DueRow>(
    `with found as (select * from (${found.join(' union all ')}) all_branches order by current_expires_at, package_id limit $2::int)
     select r.package_id, p.repository, p.name, row_to_json(r) as state, ${holdsOf('r.package_id')} as holds
     from found f join retention_state r on r.package_id = f.package_id join packages p on p.id = f.package_id
     order by f.current_expires_at, f.package_id`,
    values,
  );
  return rows.map(({ package_id, repository, name, state, holds }) => ({
    packageId: package_id,
    repository,
    name,
    retention: retentionState(state, holds ?? []),
  }));
}
