import type { ExpectedBytes, StoreRecords } from '@muniment/application';
import type { Sha256, StoreRecord } from '@muniment/domain';
import type { Database } from '../database.js';

/** The one row that says which object store is the archive's. */
export class PostgresStoreRecords implements StoreRecords {
  constructor(private readonly database: Database) {}

  async claim(proposedId: string): Promise<StoreRecord> {
    const known = await this.known();
    if (known !== undefined) return known;
    await this.database.pool.query('insert into object_store (store_id) values ($1) on conflict (id) do nothing', [proposedId]);
    const claimed = await this.known();
    if (claimed === undefined) throw new Error('The record of the object store is gone right after it was made.');
    return claimed;
  }

  async settle(storeId: string): Promise<void> {
    await this.database.pool.query(
      `insert into object_store (store_id, settled) values ($1, true)
       on conflict (id) do update set store_id = excluded.store_id, settled = true, recorded_at = excluded.recorded_at`,
      [storeId],
    );
  }

  async sample(limit: number): Promise<readonly ExpectedBytes[]> {
    const { rows } = await this.database.pool.query<{ readonly sha256: string; readonly stagingKey: string | null }>(
      `(select distinct sha256, null as "stagingKey" from blob_references order by sha256 limit $1)
       union all
       (select distinct sha256, null from evidence order by sha256 limit $1)
       union all
       (select sha256, staging_key from files where phase = 'received' limit $1)`,
      [limit],
    );
    return rows.map(({ sha256, stagingKey }) => ({ sha256: sha256 as Sha256, stagingKey }));
  }

  private async known(): Promise<StoreRecord | undefined> {
    const { rows } = await this.database.pool.query<StoreRecord>('select store_id as "storeId", settled from object_store');
    return rows[0];
  }
}
