import type { WantedCosignatures } from '@muniment/application';
import type pg from 'pg';

/** A checkpoint as it is stored, not judged: whoever knows the witnesses does that. */
export interface StoredCheckpoint {
  readonly size: number;
  /** The whole note, with all its cosignatures. */
  readonly note: string;
}

/** The newest checkpoint that bears what is wanted, by the names beside its lines; where none does, the newest of all. Null when nothing is signed. */
export async function newestCosigned(client: pg.PoolClient, { least, by }: WantedCosignatures): Promise<StoredCheckpoint | null> {
  const { rows } = await client.query<{ size: string; note: string; lines: readonly string[] }>(
    `select c.size, c.note, array(select s.line from log_cosignatures s where s.checkpoint_id = c.id order by s.witness) as lines
     from log_checkpoints c where c.id = coalesce(
       (select checkpoint_id from log_cosignatures where cardinality($2::text[]) = 0 or witness = any($2::text[])
        group by checkpoint_id having count(*) >= $1::int order by checkpoint_id desc limit 1),
       (select id from log_checkpoints order by size desc, id desc limit 1))`,
    [least, by],
  );
  const [row] = rows;
  return row === undefined ? null : { size: Number(row.size), note: row.note + row.lines.join('') };
}
