import type pg from 'pg';
import { logEntry } from '@muniment/formats';

interface LeafRow {
  readonly sequence: string;
  readonly type: string;
  readonly time: Date;
  readonly actor: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly revision: number;
  readonly reason: string | null;
  readonly payload_digest: Buffer;
}

/** An event as its row stands there now; the payload itself is not read. */
export type StoredLeaf = Parameters<typeof logEntry>[0];

/**
 * What the leaves after a position commit to, in order; payloads are not read. Without a name: planned for these very numbers. A plan for any numbers
 * would take the range for a fixed share of the log, and one day read all of it.
 */
export async function readLeaves(client: pg.Pool | pg.PoolClient, after: number, limit: number): Promise<readonly StoredLeaf[]> {
  const { rows } = await client.query<LeafRow>({
    text: `select s.sequence, e.type, e.time, e.actor, e.subject_kind, e.subject_id, e.revision, e.reason, e.payload_digest
      from event_sequence s join events e on e.id = s.event_id
      where s.sequence > $1::bigint and s.sequence <= $1::bigint + $2::int order by s.sequence`,
    values: [after, limit],
  });
  return rows.map((row) => ({
    sequence: BigInt(row.sequence),
    type: row.type,
    time: row.time.toISOString(),
    actor: row.actor,
    subject: { kind: row.subject_kind, id: row.subject_id },
    revision: row.revision,
    reason: row.reason,
    payloadDigest: row.payload_digest.toString('hex'),
  }));
}

/** Their entries. Throws when one is missing: then a row of the log was removed behind our back. */
export function entriesAfter(after: number, leaves: readonly StoredLeaf[]): readonly Uint8Array[] {
  return leaves.map((leaf, i) => {
    if (leaf.sequence !== BigInt(after + 1 + i)) throw new Error(`event ${after + 1 + i} is missing from the log`);
    return logEntry(leaf);
  });
}
