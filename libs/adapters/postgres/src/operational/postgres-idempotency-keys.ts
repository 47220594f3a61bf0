import type { IdempotencyKeys, RecordedAnswer } from '@muniment/application';
import { plusSeconds, type Instant } from '@muniment/domain';
import type { Database } from '../database.js';

/** After this long without an answer or a renewal, the process that claimed a key is taken for dead. */
const claimSeconds = 10;

interface KeyRow {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly headers: Record<string, string> | null;
  readonly body: string | null;
  readonly claimed: boolean;
}

export class PostgresIdempotencyKeys implements IdempotencyKeys {
  constructor(private readonly database: Database) {}

  async claim(tokenId: string, key: string, fingerprint: string, now: Instant): ReturnType<IdempotencyKeys['claim']> {
    const claimed = await this.database.pool.query(
      `insert into idempotency_keys as k (token_id, key, fingerprint, claimed_at) values ($1, $2, $3, $4::timestamptz)
       on conflict (token_id, key) do update set claimed_at = excluded.claimed_at
       where k.status is null and k.fingerprint = excluded.fingerprint and k.claimed_at < $5::timestamptz
       returning 1`,
      [tokenId, key, fingerprint, now, plusSeconds(now, -claimSeconds)],
    );
    if (claimed.rowCount === 1) return { outcome: 'claimed' };
    const { rows } = await this.database.pool.query<KeyRow>(
      'select fingerprint, status, headers, body from idempotency_keys where token_id = $1 and key = $2',
      [tokenId, key],
    );
    const row = rows[0];
    if (!row) return { outcome: 'busy' }; // released just now; the client tries again
    if (row.fingerprint !== fingerprint) return { outcome: 'reused' };
    if (row.status === null) return { outcome: 'busy' };
    return { outcome: 'answered', answer: { status: row.status, headers: row.headers ?? {}, body: row.body ?? '' } };
  }

  async renew(tokenId: string, key: string, now: Instant): Promise<void> {
    await this.database.pool.query(
      'update idempotency_keys set claimed_at = $3::timestamptz where token_id = $1 and key = $2 and status is null',
      [tokenId, key, now],
    );
  }

  async answer(tokenId: string, key: string, { status, headers, body }: RecordedAnswer): Promise<void> {
    await this.database.pool.query(
      'update idempotency_keys set status = $3, headers = $4::jsonb, body = $5 where token_id = $1 and key = $2 and status is null',
      [tokenId, key, status, JSON.stringify(headers), body],
    );
  }

  async release(tokenId: string, key: string): Promise<void> {
    await this.database.pool.query('delete from idempotency_keys where token_id = $1 and key = $2 and status is null', [tokenId, key]);
  }

  async forget(before: Instant): Promise<number> {
    const { rowCount } = await this.database.pool.query('delete from idempotency_keys where claimed_at < $1::timestamptz', [before]);
    return rowCount ?? 0;
  }
}
