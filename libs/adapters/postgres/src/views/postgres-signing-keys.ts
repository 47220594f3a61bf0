import type { SigningKeys } from '@muniment/application';
import type { KeyAnnounced, KeyState } from '@muniment/domain';
import type { Database } from '../database.js';
import { instant } from './rows-of-packages.js';

type Announced = KeyAnnounced['payload'];

interface KeyRow {
  readonly revision: number;
  readonly key_id: string;
  readonly name: string;
  readonly purpose: Announced['purpose'];
  readonly algorithm: Announced['algorithm'];
  readonly public_key: string;
  readonly not_before: Date | null;
  readonly not_after: Date | null;
  readonly announced_at: Date;
  readonly compromised_at: Date | null;
}

/** The view of announced keys. */
export class PostgresSigningKeys implements SigningKeys {
  constructor(private readonly database: Database) {}

  async one(id: string): Promise<KeyState | null> {
    const { rows } = await this.database.pool.query<KeyRow>('select * from signing_keys where id = $1', [id]);
    return rows[0] === undefined ? null : keyState(rows[0]);
  }

  async list(): Promise<readonly KeyState[]> {
    const { rows } = await this.database.pool.query<KeyRow>('select * from signing_keys order by purpose, announced_at desc, key_id');
    return rows.map(keyState);
  }
}

function keyState(row: KeyRow): KeyState {
  const { revision, key_id, name, purpose, algorithm, public_key } = row;
  const [not_before, not_after] = [row.not_before, row.not_after].map((at) => (at === null ? null : instant(at)));
  return {
    revision,
    announced: {
      key_id,
      name,
      purpose,
      algorithm,
      public_key,
      not_before: not_before ?? null,
      not_after: not_after ?? null,
      announced_at: instant(row.announced_at),
    },
    compromisedAt: row.compromised_at === null ? null : instant(row.compromised_at),
  };
}
