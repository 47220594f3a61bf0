import type { CuratedSets } from '@muniment/application';
import type { Database } from '../database.js';

/** Condition of packages_validated_idx, through which everything here is found. */
const validated = `p.validation = 'passed' and p.wheelhouse and p.phase = 'finalized'`;

interface Difference {
  readonly packageId: string;
  readonly belongs: boolean;
}

export class PostgresCuratedSets implements CuratedSets {
  constructor(private readonly database: Database) {}

  async newerValidated(packageId: string, limit: number): Promise<number> {
    const { rows } = await this.database.pool.query<{ n: number }>({
      name: 'newer_validated',
      text: `select count(*)::int as n from (
          select from packages me join packages p on p.repository = me.repository and p.name = me.name and ${validated}
            and (p.created_at, p.id) > (me.created_at, me.id)
          where me.id = $1::uuid limit $2::int
        ) newer`,
      values: [packageId, limit],
    });
    return rows[0]?.n ?? 0;
  }

  /** Places are counted from the end of the index's own order, so that nothing is sorted. */
  async differences(keep: number, ofPackage: string | null, limit: number): Promise<readonly Difference[]> {
    const values: unknown[] = [keep, limit];
    const sameName = (alias: string): string =>
      `(${alias}.repository, ${alias}.name) = (select me.repository, me.name from packages me where me.id = $3::uuid)`;
    if (ofPackage !== null) values.push(ofPackage);
    const { rows } = await this.database.pool.query<Difference>(
      `with placed as (
         select p.id, count(*) over (partition by p.repository, p.name)
           - row_number() over (partition by p.repository, p.name order by p.created_at, p.id) as newer
         from packages p where ${validated} ${ofPackage === null ? '' : `and ${sameName('p')}`}
       ), belonging as materialized (select id from placed where newer < $1::int)
       select r.package_id as "packageId", true as belongs
       from belonging b join retention_state r on r.package_id = b.id where r.curated_since is null and r.collected_at is null
       union all
       select r.package_id, false from retention_state r ${ofPackage === null ? '' : 'join packages p on p.id = r.package_id'}
       where r.curated_since is not null and r.collected_at is null ${ofPackage === null ? '' : `and ${sameName('p')}`}
         and not exists (select from belonging b where b.id = r.package_id)
       limit $2::int`,
      values,
    );
    return rows;
  }
}
