import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Held, Locks } from '@muniment/application';
import type { Database } from '../database.js';
import { ConnectionShare } from './connection-share.js';
import { HeldLocks } from './held-locks.js';

/** Session-level advisory locks, on a connection of their own for as long as the work runs. */
export class PostgresLocks implements Locks {
  private readonly share: ConnectionShare;

  constructor(private readonly database: Database) {
    this.share = new ConnectionShare(Math.max(1, Math.floor((database.pool.options.max ?? 10) / 2)));
  }

  tryHold<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    return this.tryHoldAll([name], (held) => (held.has(name) ? work() : Promise.resolve(null)));
  }

  hold<T>(name: string, work: (held: Held) => Promise<T>): Promise<T> {
    return this.holdAll([name], work);
  }

  tryHoldAll<T>(names: readonly string[], work: (held: ReadonlySet<string>) => Promise<T>): Promise<T> {
    return this.holding('select key::text from unnest($1::bigint[]) key where pg_try_advisory_lock(key)', names, (held) =>
      work(new Set(held.names)),
    );
  }

  holdAll<T>(names: readonly string[], work: (held: Held) => Promise<T>): Promise<T> {
    return this.holding('select key::text, pg_advisory_lock(key) from unnest($1::bigint[]) key', names, work);
  }

  private holding<T>(acquire: string, names: readonly string[], work: (held: Held) => Promise<T>): Promise<T> {
    return this.share.during(async () => {
      const client = await this.database.pool.connect();
      // A connection that fails between here and the unlock is thrown away, and its locks with it.
      let broken = true;
      try {
        const byKey = new Map(names.map((name): readonly [string, string] => [keyOf(name), name]));
        const { rows } = await client.query<{ key: string }>(acquire, [[...byKey.keys()].sort()]);
        const held = rows.map(({ key }) => key);
        try {
          const holding = held.flatMap((key) => byKey.get(key) ?? []);
          return await work(new HeldLocks(holding, client));
        } finally {
          await release(client, held);
          broken = false;
        }
      } finally {
        client.release(broken);
      }
    });
  }
}

async function release(client: pg.PoolClient, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await client.query('select pg_advisory_unlock(key) from unnest($1::bigint[]) key', [keys]);
}

function keyOf(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE(0).toString();
}
