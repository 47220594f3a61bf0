import type { LedgerEntry, StorageLedger } from '@muniment/application';
import type { ArchiveTotals, Instant } from '@muniment/domain';
import type { Database } from '../database.js';
import { instant } from '../views/rows-of-packages.js';

interface LedgerRow {
  readonly repository: string;
  readonly packages: string;
  readonly logical_bytes: string;
  readonly unique_bytes: string;
  readonly trash_bytes: string;
  readonly measured_at: Date;
}

/** Key of the archive's own entry: no repository has an empty name. */
const whole = '';

/** Counted by one statement over one snapshot, so the entries agree with each other. */
const measure = `
  with held as (
    select p.repository, f.sha256, max(f.size) as size, sum(f.size) as logical,
      coalesce(sum(f.size) filter (where r.trashed_at is not null and r.collected_at is null), 0) as trash
    from files f join packages p on p.id = f.package_id join retention_state r on r.package_id = f.package_id
    where f.phase in ('received', 'ingested') group by p.repository, f.sha256
  ), counted as (
    select repository, count(*) filter (where phase <> 'garbage_collected') as packages from packages group by repository
  ), by_repository as (
    select c.repository, c.packages, coalesce(sum(h.logical), 0) as logical, coalesce(sum(h.size), 0) as uniq, coalesce(sum(h.trash), 0) as trash
    from counted c left join held h on h.repository = c.repository group by c.repository, c.packages
  ), entries as (
    select * from by_repository
    union all
    select '${whole}', coalesce(sum(packages), 0), coalesce(sum(logical), 0),
      (select coalesce(sum(size), 0) from (select max(size) as size from held group by sha256) content), coalesce(sum(trash), 0)
    from by_repository
  )
  insert into storage_ledger (repository, packages, logical_bytes, unique_bytes, trash_bytes, measured_at)
  select repository, packages, logical, uniq, trash, $1::timestamptz from entries
  on conflict (repository) do update set packages = excluded.packages, logical_bytes = excluded.logical_bytes,
    unique_bytes = excluded.unique_bytes, trash_bytes = excluded.trash_bytes, measured_at = excluded.measured_at`;

/** What things take up, in Postgres. */
export class PostgresStorageLedger implements StorageLedger {
  constructor(private readonly database: Database) {}

  async measure(now: Instant): Promise<void> {
    await this.database.pool.query(measure, [now]);
  }

  async entries(): Promise<readonly LedgerEntry[]> {
    const { rows } = await this.database.pool.query<LedgerRow>('select * from storage_ledger order by repository collate "C"');
    return rows.map((row) => ({
      repository: row.repository === whole ? null : row.repository,
      packages: Number(row.packages),
      logicalBytes: Number(row.logical_bytes),
      uniqueBytes: Number(row.unique_bytes),
      trashBytes: Number(row.trash_bytes),
      measuredAt: instant(row.measured_at),
    }));
  }

  async totals(): Promise<(ArchiveTotals & { readonly measuredAt: Instant }) | null> {
    const { rows } = await this.database.pool.query<LedgerRow>('select * from storage_ledger where repository = $1', [whole]);
    const [row] = rows;
    return row === undefined
      ? null
      : { packages: Number(row.packages), bytes: Number(row.logical_bytes), measuredAt: instant(row.measured_at) };
  }
}
