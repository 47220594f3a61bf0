import type { DueWork, SequencedEvent } from '@muniment/application';
import type { Instant } from '@muniment/domain';
import type { Database } from '../database.js';
import { eventColumns, sequencedEvent } from '../event-log/read-events.js';

/** Work the log still owes, found through the partial indexes over what is unfinished. */
export class PostgresDueWork implements DueWork {
  constructor(private readonly database: Database) {}

  async events(reactingTypes: readonly string[], olderThan: Instant, after: bigint, limit: number): Promise<readonly SequencedEvent[]> {
    const { rows } = await this.database.pool.query<Parameters<typeof sequencedEvent>[0]>(
      `with due as (
         select package_id as id, null::text[] as types from files where phase = 'received'
         union select id, null from packages where phase = 'created' and finalization_due
         union select id, null from collections where completed_at is null
         union select package_id, array['v1.package.finalized', 'v1.package.validated', 'v1.attestation.requested']
         from (select package_id from attestation_due union select package_id from signature_due) signing
       )
       select ${eventColumns}
       from due d
       join events e on e.subject_id = d.id and e.type = any($1::text[]) and (d.types is null or e.type = any(d.types)) and e.time < $2::timestamptz
       join event_sequence s on s.event_id = e.id and s.sequence > $3::bigint
       order by s.sequence limit $4::int`,
      [reactingTypes, olderThan, after.toString(), limit],
    );
    return rows.map(sequencedEvent);
  }

  async neededStagingKeys(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.pool.query<{ key: string }>(
      `select staging_key as key from files where phase = 'received' and staging_key = any($1::text[])
       union select staging_key from upload_sessions
       where phase in ('initiated', 'receiving', 'pending_commit') and staging_key = any($1::text[])`,
      [keys],
    );
    return new Set(rows.map((row) => row.key));
  }

  async referencedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>> {
    const { rows } = await this.database.pool.query<{ sha256: string }>(
      // A received file without staged bytes relies on a blob that is already here. One look per content, however many refer to it.
      `select c.sha256 from unnest($1::text[]) as c (sha256)
       where exists (select from blob_references r where r.sha256 = c.sha256)
          or exists (select from files f where f.sha256 = c.sha256 and f.phase = 'received')
          -- Evidence is kept for ever, whatever becomes of its package.
          or exists (select from evidence e where e.sha256 = c.sha256)`,
      [sha256s],
    );
    return new Set(rows.map((row) => row.sha256));
  }
}
