import type { Checkpoints, SequencedEvent } from '@muniment/application';
import type { Database } from '../database.js';
import { readEvents } from './read-events.js';

/** Checkpoints of followers; the row lock is what makes one process at a time follow. */
export class PostgresCheckpoints implements Checkpoints {
  constructor(private readonly database: Database) {}

  async advance(
    follower: string,
    limit: number,
    handle: (events: readonly SequencedEvent[]) => Promise<void>,
  ): Promise<'idle' | 'moved' | 'held'> {
    await this.database.pool.query('insert into followers (name) values ($1) on conflict do nothing', [follower]);
    return this.database.transaction(async (client) => {
      const { rows } = await client.query<{ position: string }>('select position from followers where name = $1 for update skip locked', [
        follower,
      ]);
      const row = rows[0];
      if (!row) return 'held';
      const events = await readEvents(client, { after: BigInt(row.position), limit });
      const last = events.at(-1);
      if (!last) return 'idle';
      await handle(events);
      await client.query('update followers set position = $2 where name = $1', [follower, last.sequence.toString()]);
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
