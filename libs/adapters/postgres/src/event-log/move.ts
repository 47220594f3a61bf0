import type { Append, Overlooked } from '@muniment/application';
import type { RowChange } from '../views/row-change.js';
import { retentionState, revisionColumns } from '../views/tables.js';

/**
 * How an append takes the next revisions of its package: it changes the narrow row, on the condition that nothing came which the decision had to know. Whoever
 * holds that row is next; everybody else waits for it, and then goes on behind the newest revision or, should the condition not hold any more, not at all.
 */
export interface Move {
  /** The change of the narrow row as it was projected, behind `expectedRevision`. */
  readonly change: RowChange;
  readonly expectedRevision: number;
  readonly overlooks: Overlooked | null;
}

const unless: Readonly<Record<Overlooked, string>> = {
  'v1.file.received': 'revision_without_received',
  'v1.file.ingested': 'revision_without_ingested',
};

/** Facts whose revision no other view holds: it is known only when the row has moved. */
const placedLate: ReadonlySet<string> = new Set([
  'v1.file.received',
  'v1.file.ingested',
  'v1.file.refused',
  'v1.storage.corruption_detected',
]);

/** Null when there is no row yet, or the subject is no package. */
export function moveOf({ subject, expectedRevision, facts, overlooks }: Append, changes: readonly RowChange[]): Move | null {
  const change = expectedRevision === 0 ? undefined : changes.find(({ table, kind }) => table === retentionState && kind === 'update');
  if (overlooks !== undefined && !facts.every(({ type }) => placedLate.has(type)))
    throw new Error(`nothing can be overlooked by ${facts.map(({ type }) => type).join(', ')}`);
  if (change !== undefined) return { change, expectedRevision, overlooks: overlooks ?? null };
  if (overlooks !== undefined) throw new Error(`nothing can be overlooked of ${subject.kind} ${subject.id}, which has no row to move`);
  return null;
}

/** The values that {@link moveText} refers to: columns in their order, revisions as distances from the one that was expected, then which package and since when. */
export function valuesOfMove({ change: { row }, expectedRevision }: Move): readonly unknown[] {
  const set = assigned(row).map((column) => (isRevision(column) ? Number(row[column]) - expectedRevision : row[column]));
  return [...set, row['package_id'], expectedRevision];
}

/** Changes one row or none, and answers where its stream stands then. `before` values stand in front of its own. */
export function moveText({ change: { table, row }, overlooks }: Move, before: number): string {
  let at = before;
  const place = (type: string | undefined): string => `$${++at}::${type ?? ''}`;
  const set = assigned(row).map((column) => {
    const value = place(table.columns[column]);
    return `"${column}" = ${isRevision(column) ? `revision + ${value}` : value}`;
  });
  const which = `package_id = ${place('uuid')}`;
  const since = overlooks === null ? `revision = ${place('int')}` : `${unless[overlooks]} <= ${place('int')}`;
  return `update "${table.name}" set ${set.join(', ')} where ${which} and ${since} returning revision`;
}

function assigned(row: RowChange['row']): readonly string[] {
  return Object.keys(row).filter((column) => column !== 'package_id');
}

function isRevision(column: string): boolean {
  return revisionColumns.some((one) => one === column);
}
