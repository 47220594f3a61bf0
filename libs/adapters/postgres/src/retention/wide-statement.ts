import { randomUUID } from 'node:crypto';
import type { Attribution, DomainEvent } from '@muniment/domain';
import { eventFields } from '../event-log/append-statement.js';
import { project } from '../views/project.js';
import { revisionColumns } from '../views/tables.js';
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

const attributed = ['text', 'timestamptz', 'text', 'text', 'text'];

/**
 * Many appends as ONE statement, each exactly as an append of its own would be: it changes the view as the projection of the fact says, on the condition that
 * nobody appended to its package since the statement's snapshot, and writes its event behind. Packages that moved meanwhile are left alone.
 *
 * As in every append, who changes the narrow row is next, and everybody else waits for it there. All statements change these rows in order of package id, so
 * nobody can wait in a circle. The place of a row is still the one that was read, since rows change only together with their revision; the revision is asked for
 * as well, because a server may take the newer version of a row for the one at that place.
 *
 * It answers `appended` (ids, with commas between: a list of texts takes the driver longer to read), `wanted` (how many packages were asked for) and the summary.
 */
export function wideStatement(wide: WideFact): { readonly text: string; readonly values: readonly unknown[] } {
  const { fact, attribution, packages, payload, summary } = wide;
  const { actor, time, reason, traceparent } = attribution;
  const values: unknown[] = [...wide.values, fact.type, time, actor, reason ?? null, traceparent ?? null];
  const at = (index: number): string => `$${wide.values.length + index + 1}::${attributed[index] ?? ''}`;
  const text = `with wanted as materialized (${packages}), moved as (
    update retention_state v set ${assignments(viewChange(fact, attribution), values)} from (select * from wanted order by id offset 0) w
    where v.ctid = w.place and v.revision = w.revision returning w.*
  ), appended as (
    insert into events (${eventFields})
    select ${at(0)}, ${at(1)}, ${at(2)}, 'package', id, revision + 1, ${at(3)}, ${at(4)}, payload, sha256(payload)
    from (select id, revision, ${payload} as payload from moved offset 0) p
  )
  select (select string_agg(id::text, ',') from moved) as appended, s.*
  from (select count(*)::int as wanted, ${summary} as summary from wanted) s`;
  return { text, values };
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
  const set = columns.map(([column, value]) =>
    revisionColumns.some((one) => one === column)
      ? `"${column}" = w.revision + 1`
      : `"${column}" = $${values.push(value)}::${table.columns[column] ?? ''}`,
  );
  return set.join(', ');
}
