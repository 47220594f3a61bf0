import type { NewCheckpoint, SignedCheckpoint, SignedCheckpoints, WantedCosignatures } from '@muniment/application';
import type { Database } from '../database.js';

interface CheckpointRow {
  readonly size: string;
  readonly note: string;
  readonly lines: readonly string[];
}

const withLines = `select c.size, c.note, array(select s.line from log_cosignatures s where s.checkpoint_id = c.id order by s.witness) as lines
  from log_checkpoints c`;

/** Checkpoints among which one with enough cosignatures is looked for: half a day at the highest pace. */
const searched = 100_000;

/** Checkpoints in Postgres, never changed and never removed. */
export class PostgresSignedCheckpoints implements SignedCheckpoints {
  constructor(private readonly database: Database) {}

  async latest({ least, by }: WantedCosignatures = { least: 0, by: [] }): Promise<SignedCheckpoint | null> {
    // The first is what every proof and every tile asks. The second must not search for ever for more cosignatures than there are witnesses.
    const { rows } =
      least === 0
        ? await this.database.pool.query<CheckpointRow>({
            name: 'log_checkpoint',
            text: `${withLines} order by c.size desc, c.id desc limit 1`,
          })
        : await this.database.pool.query<CheckpointRow>({
            name: 'log_checkpoint_cosigned',
            text: `${withLines} where c.id = (
              select checkpoint_id from log_cosignatures where checkpoint_id > (select max(id) from log_checkpoints) - ${searched}
              and (cardinality($2::text[]) = 0 or witness = any($2::text[]))
              group by checkpoint_id having count(*) >= $1::int order by checkpoint_id desc limit 1)`,
            values: [least, by],
          });
    const row = rows[0];
    return row === undefined ? null : { size: Number(row.size), note: row.note, cosignatures: row.lines };
  }

  async add({ size, root, note, signedAt }: NewCheckpoint): Promise<void> {
    const { rowCount } = await this.database.pool.query({
      name: 'log_checkpoint_add',
      text: `insert into log_checkpoints (size, root, note, signed_at)
        select $1::bigint, $2::bytea, $3::text, $4::timestamptz from log_tree t where t.size >= $1::bigint`,
      values: [size, Buffer.from(root), note, signedAt],
    });
    if (rowCount !== 1) throw new Error(`the stored tree has fewer than ${size} entries`);
  }

  async addCosignature(note: string, witness: string, line: string): Promise<void> {
    await this.database.pool.query(
      `insert into log_cosignatures (checkpoint_id, witness, line)
       select max(id), $2::text, $3::text from log_checkpoints where note = $1::text and size = $4::bigint having max(id) is not null
       on conflict do nothing`,
      [note, witness, line, note.split('\n')[1]],
    );
  }
}
