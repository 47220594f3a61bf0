import { hash } from 'node:crypto';
import type { Append } from '@muniment/application';
import { encodeCbor } from '@muniment/formats';
import { mergeChanges, textOf, valuesOf, type RowChange } from '../views/row-change.js';
import { project } from '../views/project.js';

/**
 * A statement and its values. A named one is planned once per connection: the name is the same for the same text. Appends of many facts at once have no
 * name, because there are as many of their shapes as there are numbers of facts, and every connection would keep a plan of each.
 */
export interface AppendStatement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

const namedFacts = 8;
const rememberedShapes = 1_000;
/** Columns that an appender fills; id and xid come from the database. */
export const eventFields = 'type, time, actor, subject_kind, subject_id, revision, reason, traceparent, payload, payload_digest';
const eventTypes = ['text', 'timestamptz', 'text', 'text', 'uuid', 'int', 'text', 'text', 'bytea', 'bytea'];

/**
 * Events and every view they change as ONE statement: one round trip, atomic without BEGIN and COMMIT (limits.md section 5: 2 to 3 times the
 * rate of a transaction of several statements).
 */
export function appendStatement(append: Append, repository: string): AppendStatement {
  const { subject, attribution, expectedRevision } = append;
  const values: unknown[] = [];
  const projected: RowChange[] = [];
  for (const [index, event] of append.facts.entries()) {
    const revision = expectedRevision + 1 + index;
    const payload = encodeCbor(event.payload);
    const digest = hash('sha256', payload, 'buffer');
    const { actor, time, reason, traceparent } = attribution;
    values.push(event.type, time, actor, subject.kind, subject.id, revision, reason ?? null, traceparent ?? null, payload, digest);
    const told = { actor, reason: reason ?? null };
    projected.push(...project({ subjectId: subject.id, repository, revision, payloadDigest: digest.toString('hex'), event, ...told }));
  }
  const changes = mergeChanges(projected);
  for (const change of changes) values.push(...valuesOf(change));
  return { ...shapeOf(append.facts.length, changes), values };
}

type Shape = Pick<AppendStatement, 'name' | 'text'>;
const shapes = new Map<string, Shape>();

/** Few shapes come again and again. Their texts are remembered: to put one together and digest it takes longer than all the rest of an append. */
function shapeOf(facts: number, changes: readonly RowChange[]): Shape {
  if (facts > namedFacts) return { text: textOfAppend(facts, changes) };
  const key = `${facts} ${changes.map(({ table, kind, row, any }) => `${table.name} ${kind} ${any?.column ?? ''} ${Object.keys(row).join(' ')}`).join(';')}`;
  const known = shapes.get(key);
  if (known !== undefined) return known;
  const text = textOfAppend(facts, changes);
  const shape = { name: `append_${hash('sha256', text).slice(0, 24)}`, text };
  if (shapes.size < rememberedShapes) shapes.set(key, shape);
  return shape;
}

function textOfAppend(facts: number, changes: readonly RowChange[]): string {
  const rows = Array.from({ length: facts }, (_, fact) => eventTypes.map((type, i) => `$${fact * eventTypes.length + i + 1}::${type}`));
  const steps = [
    `appended as (insert into events (${eventFields}) values ${rows.map((row) => `(${row.join(', ')})`).join(', ')} returning 1)`,
  ];
  let before = facts * eventTypes.length;
  for (const [index, change] of changes.entries()) {
    steps.push(`view_${index} as (${textOf(change, before)})`);
    before += valuesOf(change).length;
  }
  return `with ${steps.join(', ')} select count(*)::int as appended from appended`;
}
