import type { StorageFault, StorageFaults } from '@muniment/application';
import type { Database } from '../database.js';

/** Faults of the object store. Asked at every scrape, so each question has a partial index that holds nothing but the faults. */
export class PostgresStorageFaults implements StorageFaults {
  constructor(private readonly database: Database) {}

  recorded(): Promise<Readonly<Record<StorageFault, number>>> {
    return this.counted(
      `select count(*) filter (where type = 'v1.storage.corruption_detected')::int as corrupt,
              count(*) filter (where type = 'v1.storage.bytes_missing')::int as missing
       from events where type in ('v1.storage.corruption_detected', 'v1.storage.bytes_missing')`,
    );
  }

  open(): Promise<Readonly<Record<StorageFault, number>>> {
    return this.counted(
      `select count(*) filter (where f.refusal_code = 'stored_bytes_differ')::int as corrupt,
              count(*) filter (where f.refusal_code = 'stored_bytes_missing')::int as missing
       from files f join retention_state r on r.package_id = f.package_id
       where f.phase = 'refused' and f.refusal_code in ('stored_bytes_differ', 'stored_bytes_missing')
         and r.trashed_at is null and r.collected_at is null`,
    );
  }

  private async counted(text: string): Promise<Readonly<Record<StorageFault, number>>> {
    const { rows } = await this.database.pool.query<Record<StorageFault, number>>(text);
    return rows[0] ?? { corrupt: 0, missing: 0 };
  }
}
