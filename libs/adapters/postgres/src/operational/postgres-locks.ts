import { createHash } from 'node:crypto';
import type { Locks } from '@muniment/application';
import type { Database } from '../database.js';

/** Session-level advisory locks, each on a connection of its own for as long as the work runs. */
export class PostgresLocks implements Locks {
  constructor(private readonly database: Database) {}

  tryHold<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.holding<T | null>('select pg_try_advisory_lock($1::bigint) as held', name, work, null);
  }

  hold<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.holding('select pg_advisory_lock($1::bigint), true as held', name, work);
  }

  private async holding<T>(acquire: string, name: string, work: () => Promise<T>, otherwise?: T): Promise<T> {
    const key = createHash('sha256').update(name).digest().readBigInt64BE(0).toString();
    const client = await this.database.pool.connect();
    // A connection that fails between here and the unlock is thrown away, and the lock with it.
    let broken = true;
    try {
      const { rows } = await client.query<{ held: boolean }>(acquire, [key]);
      if (!rows[0]?.held) {
        broken = false;
        return otherwise as T;
      }
      try {
        return await work();
      } finally {
        await client.query('select pg_advisory_unlock($1::bigint)', [key]);
        broken = false;
      }
    } finally {
      client.release(broken);
    }
  }
}
