import { randomUUID } from 'node:crypto';
import type { Attribution, DomainEvent } from '@muniment/domain';
import { eventFields } from '../event-log/append-statement.js';
import { project } from '../views/project.js';
import { mergeChanges, type RowChange } from '../views/row-change.js';

export interface WideStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The same fact about many packages. Texts are SQL and may refer to `values` by position. */
export interface WideFact {
  readonly fact: DomainEvent;
  readonly attribution: Attribution;
  /** Query of the packages: `id`, `revision` the fact is appended behind, `place` of the narrow row (its ctid), and what `payload` needs. */
  readonly packages: string;
  /** Canonical CBOR of the payload of one row of `packages`; what views take from the fact must not depend on the row. */
  readonly payload: string;
  readonly values: readonly unknown[];
}

/** What the statement answers: the packages it appended to, and how many were asked for and how many views changed with them. */
export interface WideResult {
  readonly appended: readonly string[] | null;
  readonly wanted: number;
  readonly viewed: number;
}

const fixed = ['text', 'timestamptz', 'text', 'text', 'text'];

/**
 * Many appends as ONE statement, each exactly as an append of its own would be: it succeeds only if nobody appended to its package since the statement's
 * snapshot, because then (package, revision + 1) is taken; and it changes the view as the projection of the fact says.
 *
 * No row is locked beforehand. Every writer inserts its event before it touches the package's view row: whoever holds (package, revision + 1) changes the
 * row, everybody else waits for it there, or goes without. Ordinary appends hold one package at a time and wide ones take theirs in order of id, so
 * nobody can wait in a circle. The place of the row is still the one that was read, since rows change only together with their revision.
 */
export function wideStatement({ fact, attribution, packages, payload, values }: WideFact): WideStatement {
  const { actor, time, reason, traceparent } = attribution;
  const all: unknown[] = [...values, fact.type, time, actor, reason ?? null, traceparent ?? null];
  const at = (index: number): string => `$${values.length + index + 1}::${fixed[index] ?? ''}`;
  const view = `update retention_state v set ${assignments(viewChange(fact, attribution), all)}
    from appended a join wanted w on w.id = a.subject_id where v.ctid = w.place returning 1`;
  const text = `with wanted as materialized (${packages}), appended as (
    insert into events (${eventFields})
    select ${at(0)}, ${at(1)}, ${at(2)}, 'package', id, revision + 1, ${at(3)}, ${at(4)}, payload, sha256(payload)
    from (select id, revision, ${payload} as payload from (select * from wanted order by id offset 0) w offset 0) p
    on conflict (subject_id, revision) do nothing
    returning subject_id, revision
  ), viewed as (${view})
  select (select array_agg(subject_id) from appended) as appended,
    (select count(*)::int from wanted) as wanted, (select count(*)::int from viewed) as viewed`;
  return { text, values: all };
}

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
  return columns
    .map(
      ([column, value]) =>
        `"${column}" = ${column === 'revision' ? 'a.revision' : `$${values.push(value)}::${table.columns[column] ?? ''}`}`,
    )
    .join(', ');
}
