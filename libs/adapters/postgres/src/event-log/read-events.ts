import type pg from 'pg';
import type { EventQuery, SequencedEvent } from '@muniment/application';
import type { Subject } from '@muniment/domain';
import { repositoryPatterns } from '../views/repository-patterns.js';

interface EventRow {
  readonly sequence: string;
  readonly type: string;
  readonly time: Date;
  readonly actor: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly revision: number;
  readonly reason: string | null;
  readonly traceparent: string | null;
  readonly payload: Buffer;
  readonly payload_digest: Buffer;
}

export const eventColumns =
  's.sequence, e.type, e.time, e.actor, e.subject_kind, e.subject_id, e.revision, e.reason, e.traceparent, e.payload, e.payload_digest';

/** Rows of events joined with their sequence, as readers see them. */
export function sequencedEvent(row: EventRow): SequencedEvent {
  return {
    sequence: BigInt(row.sequence),
    type: row.type,
    time: row.time.toISOString(),
    actor: row.actor,
    subject: subjectOf(row),
    revision: row.revision,
    reason: row.reason,
    traceparent: row.traceparent,
    payload: new Uint8Array(row.payload),
    payloadDigest: row.payload_digest.toString('hex'),
  };
}

const kinds = ['package', 'collection', 'key'] as const;

/** A kind that this version does not know throws: the database is of a newer one. */
export function subjectOf({ subject_kind: text, subject_id: id }: Pick<EventRow, 'subject_kind' | 'subject_id'>): Subject {
  const kind = kinds.find((known) => known === text);
  if (kind === undefined) throw new Error(`the log holds events about a ${text}, which this version does not know`);
  return { kind, id };
}

/** Sequenced events after a position. Rows exist in `event_sequence` only once their order is final, so nothing can slip in behind a reader. */
export async function readEvents(client: pg.Pool | pg.PoolClient, query: EventQuery): Promise<readonly SequencedEvent[]> {
  const values: unknown[] = [query.after.toString(), query.limit];
  const where = ['s.sequence > $1::bigint'];
  if (query.types) where.push(`e.type = any($${values.push(query.types)}::text[])`);
  // A stream is read through its own index and then put in order: left to itself, the planner may walk the whole order instead and look for the stream in it.
  const ofSubject =
    query.subjectId === undefined
      ? ''
      : `with e as materialized (select * from events where subject_id = $${values.push(query.subjectId)}::uuid)`;
  if (query.fromRevision !== undefined) where.push(`e.revision >= $${values.push(query.fromRevision)}::int`);
  const patterns = query.repositories === undefined ? null : repositoryPatterns(query.repositories);
  if (patterns !== null) {
    where.push(`exists (select 1 from packages p where p.id = e.subject_id and p.repository like any($${values.push(patterns)}::text[]))`);
  }
  const { rows } = await client.query<EventRow>(
    `${ofSubject} select ${eventColumns} from ${query.subjectId === undefined ? 'event_sequence s join events e' : 'e join event_sequence s'} on e.id = s.event_id
     where ${where.join(' and ')} order by s.sequence limit $2::int`,
    values,
  );
  return rows.map(sequencedEvent);
}
