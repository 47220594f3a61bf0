import type { Checkpoints, FollowedEvent, Stretch } from '@muniment/application';
import type pg from 'pg';
import type { Database } from '../database.js';
import { subjectOf } from './read-events.js';

interface Bounds {
  readonly position: string;
  readonly until: string;
}

interface FollowedRow {
  readonly type: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly payload: Buffer;
  readonly traceparent: string | null;
}

/** Checkpoints of followers; the row lock is what makes one process at a time follow. */
export class PostgresCheckpoints implements Checkpoints {
  constructor(private readonly database: Database) {}

  async advance(
    follower: string,
    stretch: Stretch,
    handle: (events: readonly FollowedEvent[]) => Promise<void>,
  ): Promise<'idle' | 'moved' | 'held'> {
    await this.database.pool.query('insert into followers (name) values ($1) on conflict do nothing', [follower]);
    return this.database.transaction(async (client) => {
      const bounds = await lockedBounds(client, follower, stretch.limit);
      if (bounds === null) return 'held';
      if (BigInt(bounds.until) <= BigInt(bounds.position)) return 'idle';
      const events = await eventsWithin(client, bounds, stretch.types);
      if (events.length > 0) await handle(events);
      await client.query('update followers set position = $2 where name = $1', [follower, bounds.until]);
      return 'moved';
    });
  }

  async generation(follower: string): Promise<string | null> {
    const { rows } = await this.database.pool.query<{ generation: string | null }>('select generation from followers where name = $1', [
      follower,
    ]);
    return rows[0]?.generation ?? null;
  }

  async setGeneration(follower: string, generation: string): Promise<void> {
    await this.database.pool.query(
      'insert into followers (name, generation) values ($1, $2) on conflict (name) do update set generation = excluded.generation',
      [follower, generation],
    );
  }
}

/** Where the follower stands and where its next stretch ends: the order of the log has no gaps. Null: somebody else holds its row. */
async function lockedBounds(client: pg.PoolClient, follower: string, limit: number): Promise<Bounds | null> {
  const { rows } = await client.query<Bounds>(
    `select f.position, least(h.sequence, f.position + $2::int) as until from followers f, log_head h
     where f.name = $1 for update of f skip locked`,
    [follower, limit],
  );
  return rows[0] ?? null;
}

async function eventsWithin(
  client: pg.PoolClient,
  { position, until }: Bounds,
  types: readonly string[],
): Promise<readonly FollowedEvent[]> {
  const { rows } = await client.query<FollowedRow>(
    `select e.type, e.subject_kind, e.subject_id, e.payload, e.traceparent from event_sequence s join events e on e.id = s.event_id
     where s.sequence > $1::bigint and s.sequence <= $2::bigint and e.type = any($3::text[]) order by s.sequence`,
    [position, until, types],
  );
  return rows.map((row) => ({ type: row.type, subject: subjectOf(row), payload: row.payload, traceparent: row.traceparent }));
}
