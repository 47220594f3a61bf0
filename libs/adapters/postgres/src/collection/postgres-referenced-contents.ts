import type { ReferencedContent, ReferencedContents } from '@muniment/application';
import type { Sha256 } from '@muniment/domain';
import type { Database } from '../database.js';

interface ContentRow {
  readonly sha256: string;
  readonly size: string;
  readonly repositories: readonly string[];
}

/** Contents that must be in the store, read in order of their digests through the indexes over them. */
export class PostgresReferencedContents implements ReferencedContents {
  constructor(private readonly database: Database) {}

  async page(after: string, limit: number): Promise<readonly ReferencedContent[]> {
    // Files that were received by digest alone have no reference yet, but their bytes must be there too.
    const { rows } = await this.database.pool.query<ContentRow>({
      name: 'referenced_contents',
      text: `with content as (
         (select sha256 from blob_references where sha256 > $1::text group by sha256 order by sha256 limit $2::int)
         union
         (select sha256 from files where phase = 'received' and staging_key is null and sha256 > $1::text order by sha256 limit $2::int)
         union
         (select sha256 from evidence where sha256 > $1::text group by sha256 order by sha256 limit $2::int)
         order by sha256 limit $2::int
       )
       select c.sha256, coalesce(b.size, (select max(f.size) from files f where f.sha256 = c.sha256 and f.phase = 'received'),
           (select max(e.size) from evidence e where e.sha256 = c.sha256)) as size,
         array(select r.repository from blob_references r where r.sha256 = c.sha256
               union select p.repository from evidence e join packages p on p.id = e.package_id where e.sha256 = c.sha256) as repositories
       from content c left join blobs b on b.sha256 = c.sha256
       order by c.sha256 collate "C"`,
      values: [after, limit],
    });
    return rows.map(({ sha256, size, repositories }) => ({ sha256: sha256 as Sha256, size: Number(size), repositories }));
  }

  async still(sha256s: readonly Sha256[]): Promise<ReadonlySet<string>> {
    if (sha256s.length === 0) return new Set();
    const { rows } = await this.database.pool.query<{ sha256: string }>(
      `select c.sha256 from unnest($1::text[]) as c (sha256)
       where exists (select from blob_references r where r.sha256 = c.sha256)
          or exists (select from files f where f.sha256 = c.sha256 and f.phase = 'received' and f.staging_key is null)
          or exists (select from evidence e where e.sha256 = c.sha256)`,
      [sha256s],
    );
    return new Set(rows.map(({ sha256 }) => sha256));
  }
}
