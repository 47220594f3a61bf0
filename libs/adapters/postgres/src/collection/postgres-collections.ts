import type {
  Collections,
  CollectionTally,
  CollectionView,
  PlanQuery,
  ReleasedContent,
  ReleasedFile,
  ReleasedPosition,
} from '@muniment/application';
import { plusSeconds, type CollectibleView, type Instant, type PlannedPackage, type Sha256 } from '@muniment/domain';
import type { Database } from '../database.js';
import { loadRetained } from '../views/load-retention.js';
import { fileState, type FileRow } from '../views/rows-of-packages.js';
import {
  collectionView,
  plannedPackage,
  releasedFile,
  type CollectionRow,
  type PlannedRow,
  type ReleasedRow,
} from './rows-of-collections.js';

/** Packages that may go into the trash: marked long enough, not restored since, and nothing keeps them. Found in the order of a plan. */
const toTrash = `select package_id, revision from retention_state
  where eligible_for_deletion and trashed_at is null and collected_at is null
    and eligible_since <= $1::timestamptz and (restored_at is null or restored_at <= $1::timestamptz)
    and current_expires_at <= $2::timestamptz and not held and curated_since is null
  order by package_id limit $3::int`;

/** Packages whose time in the trash is over and that still may be deleted. */
const toPurge = `select package_id, revision from retention_state
  where trashed_at is not null and collected_at is null and purge_after <= $1::timestamptz
    and eligible_for_deletion and current_expires_at <= $1::timestamptz and not held and curated_since is null
  order by package_id limit $2::int`;

const planned = (candidates: string): string => `
  select c.package_id, c.revision, p.repository, p.name, f.files, f.bytes
  from (${candidates}) c
  join packages p on p.id = c.package_id
  cross join lateral (
    select count(*)::int as files, coalesce(sum(size), 0)::bigint as bytes
    from files where package_id = c.package_id and phase in ('received', 'ingested')
  ) f
  order by c.package_id`;

/** What collections read, in Postgres: every statement goes through an index over what is due or released. */
export class PostgresCollections implements Collections {
  constructor(private readonly database: Database) {}

  async candidates({ asOf, graceSeconds, limit }: PlanQuery): Promise<{
    readonly trash: readonly PlannedPackage[];
    readonly purge: readonly PlannedPackage[];
  }> {
    const { pool } = this.database;
    const [trash, purge] = await Promise.all([
      pool.query<PlannedRow>(planned(toTrash), [plusSeconds(asOf, -graceSeconds), asOf, limit]),
      pool.query<PlannedRow>(planned(toPurge), [asOf, limit]),
    ]);
    return { trash: trash.rows.map(plannedPackage), purge: purge.rows.map(plannedPackage) };
  }

  async collectibles(packageIds: readonly string[]): Promise<ReadonlyMap<string, CollectibleView>> {
    const retained = await loadRetained(this.database, packageIds);
    const { rows } = await this.database.pool.query<FileRow & { readonly package_id: string }>({
      name: 'files_of_packages',
      text: 'select * from files where package_id = any($1::uuid[]) order by package_id, path',
      values: [packageIds],
    });
    const files = Map.groupBy(rows, ({ package_id }) => package_id);
    return new Map([...retained].map(([id, view]) => [id, { ...view, files: (files.get(id) ?? []).map(fileState) }]));
  }

  async one(id: string): Promise<CollectionView | null> {
    const { rows } = await this.database.pool.query<CollectionRow>('select * from collections where id = $1', [id]);
    return rows[0] === undefined ? null : collectionView(rows[0]);
  }

  async list(limit: number): Promise<readonly CollectionView[]> {
    const { rows } = await this.database.pool.query<CollectionRow>('select * from collections order by started_at desc, id desc limit $1', [
      limit,
    ]);
    return rows.map(collectionView);
  }

  async releasedFiles(after: ReleasedPosition | null, limit: number): Promise<readonly ReleasedFile[]> {
    const { rows } = await this.database.pool.query<ReleasedRow>({
      name: 'released_files',
      text: `select f.package_id, r.revision, r.collection_id, f.path, f.sha256, f.blake3, f.size, f.verified_at is not null as verified
       from (
         select package_id, path, sha256, blake3, size, verified_at from files
         where phase = 'released' and (package_id, path) > ($1::uuid, $2::text)
         order by package_id, path limit $3::int
       ) f
       join retention_state r on r.package_id = f.package_id
       order by f.package_id, f.path`,
      // Before every package: the nil UUID belongs to nobody.
      values: [after?.packageId ?? '00000000-0000-0000-0000-000000000000', after?.path ?? '', limit],
    });
    return rows.map(releasedFile);
  }

  async releasedContents(sha256s: readonly Sha256[], verifiedAfter: Instant): Promise<readonly ReleasedContent[]> {
    if (sha256s.length === 0) return [];
    const { rows } = await this.database.pool.query<{ sha256: Sha256; young: boolean; released: number }>({
      name: 'released_contents',
      text: `select c.sha256,
         exists (select from files f where f.sha256 = c.sha256 and f.verified_at > $2::timestamptz) as young,
         (select count(*)::int from files f where f.sha256 = c.sha256 and f.phase = 'released') as released
       from unnest($1::text[]) as c (sha256)`,
      values: [sha256s, verifiedAfter],
    });
    return rows;
  }

  async tally(collectionId: string): Promise<CollectionTally> {
    const { rows } = await this.database.pool.query<Record<'trashed' | 'purged' | 'deleted' | 'bytes', string>>(
      `with mine as (select package_id, collected_at from retention_state where collection_id = $1)
       select
         (select count(*) from mine where collected_at is null) as trashed,
         (select count(*) from mine where collected_at is not null) as purged,
         count(f.path) as deleted,
         coalesce(sum(f.size) filter (where f.physically_removed), 0) as bytes
       from mine join files f on f.package_id = mine.package_id and f.phase = 'removed'
       where mine.collected_at is not null`,
      [collectionId],
    );
    const [row] = rows;
    const count = (value: string | undefined): number => Number(value ?? 0);
    return {
      trashed: count(row?.trashed),
      purged: count(row?.purged),
      locationsDeleted: count(row?.deleted),
      bytesReclaimed: count(row?.bytes),
    };
  }
}
