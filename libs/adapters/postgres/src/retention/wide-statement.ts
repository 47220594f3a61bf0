import { randomUUID } from 'node:crypto';
import type { Attribution, DomainEvent } from '@muniment/domain';
import { eventFields } from '../event-log/append-statement.js';
import { project } from '../views/project.js';
import { mergeChanges, type RowChange } from '../views/row-change.js';

/** The same fact about many packages. Texts are SQL and may refer to `values` by position. */
export interface WideFact {
  readonly fact: DomainEvent;
  readonly attribution: Attribution;
  /** Query of the packages: `id`, `revision` the fact is appended behind, `place` of the narrow row (its ctid), and what `payload` needs. */
  readonly packages: string;
  /** Canonical CBOR of the payload of one row of `packages`; what views take from the fact must not depend on the row. */
  readonly payload: string;
  readonly values: readonly unknown[];
  /** What else to answer about all of `packages`: an aggregate. */
  readonly summary: string;
}

/** What to do with packages that somebody appended to meanwhile: undo everything (quicker, and nearly always right), or go without them. */
export type OnConflict = 'fail' | 'skip';

const attributed = ['text', 'timestamptz', 'text', 'text', 'text'];

/**
 * Many appends as ONE statement, each exactly as an append of its own would be: it succeeds only if nobody appended to its package since the statement's
 * snapshot, because then (package, revision + 1) is taken; and it changes the view as the projection of the fact says.
 *
 * No row is locked beforehand. Every writer inserts its events before it touches view rows: whoever holds (package, revision + 1) changes the row, everybody
 * else waits for it there. All statements insert in order of package id, so nobody can wait in a circle. The counted `appended` makes the database finish the
 * events before it begins with the rows. The place of a row is still the one that was read, since rows change only together with their revision.
 *
 * It answers `appended` (ids, with commas between: a list of texts takes the driver longer to read), `wanted` and `viewed` (how many packages were asked for, how many rows changed) and the summary.
 */
export function wideStatement(wide: WideFact, conflict: OnConflict): { readonly text: string; readonly values: readonly unknown[] } {
  const { fact, attribution, packages, payload, summary } = wide;
  const { actor, time, reason, traceparent } = attribution;
  const values: unknown[] = [...wide.values, fact.type, time, actor, reason ?? null, traceparent ?? null];
  const at = (index: number): string => `$${wide.values.length + index + 1}::${attributed[index] ?? ''}`;
  const skips = conflict === 'skip';
  const moved = skips ? 'appended join wanted w on w.id = appended.subject_id' : `(select * from wanted where ${allAppended} offset 0) w`;
  const text = `with wanted as materialized (${packages}), appended as (
    insert into events (${eventFields})
    select ${at(0)}, ${at(1)}, ${at(2)}, 'package', id, revision + 1, ${at(3)}, ${at(4)}, payload, sha256(payload)
    from (select id, revision, ${payload} as payload from (select * from wanted order by id offset 0) w offset 0) p
    ${skips ? 'on conflict (subject_id, revision) do nothing' : ''}
    returning subject_id
  ), viewed as (
    update retention_state v set ${assignments(viewChange(fact, attribution), values)} from ${moved}
    where v.ctid = w.place returning 1
  )
  select (select string_agg(subject_id::text, ',') from appended) as appended, (select count(*)::int from viewed) as viewed, s.*
  from (select count(*)::int as wanted, ${summary} as summary from wanted) s`;
  return { text, values };
}

const allAppended = '(select count(*) from appended) >= 0';

/** The one change of the narrow row that the fact makes, whichever package it is about. */
function viewChange(event: DomainEvent, { actor, reason }: Attribution): RowChange {
  const subjectId = randomUUID();
  const told = { actor, reason: reason ?? null };
  const [change, ...others] = mergeChanges(project({ subjectId, repository: '', revision: 0, payloadDigest: '', event, ...told }));
  if (change?.kind !== 'update' || change.table.name !== 'retention_state' || change.row['package_id'] !== subjectId || others.length > 0)
    throw new Error(`${event.type} changes more than the row of its package: it cannot be appended to many at once`);
  return change;
}

function assignments({ table, row }: RowChange, values: unknown[]): string {
  const columns = Object.entries(row).filter(([column]) => !table.key.includes(column));
  const set = columns.map(([column, value]) =>
    column === 'revision' ? '"revision" = w.revision + 1' : `"${column}" = $${values.push(value)}::${table.columns[column] ?? ''}`,
  );
  return set.join(', ');
}
