import type { RetentionClass } from '@muniment/domain';
import type { Database } from '../database.js';

/** The table of classes, for people who ask the database. Nothing decides by it: services go by the policy they read when they started. */
export class PostgresRetentionClasses {
  constructor(private readonly database: Database) {}

  /** Makes the table say what the policy says. Any number of services may do that at once; the last word is that of the latest start. */
  async write(classes: readonly RetentionClass[]): Promise<void> {
    await this.database.pool.query(
      `with policy as (select * from unnest($1::text[], $2::bigint[]) as c (name, seconds)),
         dropped as (delete from retention_classes where name not in (select name from policy))
       insert into retention_classes as known (name, default_duration_seconds) select name, seconds from policy order by name
       on conflict (name) do update set default_duration_seconds = excluded.default_duration_seconds
       where known.default_duration_seconds is distinct from excluded.default_duration_seconds`,
      [classes.map(({ name }) => name), classes.map(({ durationSeconds }) => durationSeconds)],
    );
  }
}
