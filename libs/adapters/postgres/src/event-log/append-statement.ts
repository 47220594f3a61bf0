import { hash } from 'node:crypto';
import type { Append } from '@muniment/application';
import { encodeCbor } from '@muniment/formats';
import { mergeChanges, textsOf, valuesOf, type RowChange } from '../views/row-change.js';
import { project } from '../views/project.js';

/** An append as the database takes it: the values of its events and what they change in views, to be sent alone or together with others. */
export interface PreparedAppend {
  readonly append: Append;
  readonly events: readonly unknown[];
  /** Rows of its subject alone. */
  readonly own: readonly RowChange[];
  /** Rows that other subjects may change as well. */
  readonly shared: readonly RowChange[];
  /** The same for all whose statements differ in values alone; null: too many facts to have company. */
  readonly shape: string | null;
}

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
/** Columns that an appender fills; id and xid come from the database. */
export const eventFields = 'type, time, actor, subject_kind, subject_id, revision, reason, traceparent, payload, payload_digest';
/** Plans a connection keeps at most; what comes later is planned each time. */
const rememberedTexts = 200;
const eventTypes = ['text', 'timestamptz', 'text', 'text', 'uuid', 'int', 'text', 'text', 'bytea', 'bytea'];

/** Encodes, digests and projects. Throws what {@link encodeCbor} throws, before anybody else's append is touched. */
export function prepareAppend(append: Append, repository: string): PreparedAppend {
  const { subject, attribution, expectedRevision, facts } = append;
  const { actor, time, reason = null, traceparent = null } = attribution;
  const events: unknown[] = [];
  const projected: RowChange[] = [];
  let revision = expectedRevision;
  for (const event of facts) {
    revision++;
    const payload = encodeCbor(event.payload);
    const digest = hash('sha256', payload, 'buffer');
    events.push(event.type, time, actor, subject.kind, subject.id, revision, reason, traceparent, payload, digest);
    projected.push(
      ...project({ subjectId: subject.id, repository, revision, payloadDigest: digest.toString('hex'), event, actor, reason }),
    );
  }
  const changes = mergeChanges(projected);
  const firstShared = changes.findIndex(({ kind }) => kind === 'earliest');
  const own = firstShared < 0 ? changes : changes.slice(0, firstShared);
  const shape = facts.length > namedFacts ? null : shapeOf(facts.length, own);
  return { append, events, own, shared: firstShared < 0 ? [] : changes.slice(firstShared), shape };
}

function shapeOf(count: number, changes: readonly RowChange[]): string {
  let shape = String(count);
  for (const { table, kind, row, any } of changes) shape += `;${table.name} ${kind} ${any?.column ?? ''} ${Object.keys(row).join(' ')}`;
  return shape;
}

/**
 * Events and every view they change as ONE statement: one round trip, atomic without BEGIN and COMMIT (limits.md section 5: 2 to 3 times the
 * rate of a transaction of several statements). Several appends, which must be of one shape and of different subjects, share the cost of a commit and of
 * starting the statement: measured, eight together need half of the server's time that they need alone.
 *
 * Locks are taken in one order by all statements: events by subject, then the rows of those subjects, then shared rows by key. So two statements that meet
 * wait for each other and never deadlock.
 */
export function appendStatement(appends: readonly PreparedAppend[]): AppendStatement {
  const [first] = appends;
  if (first === undefined) throw new Error('a statement needs an append');
  const ordered = appends.length === 1 ? appends : [...appends].sort(bySubject);
  const groups: (readonly RowChange[])[] = first.own.map((_, at) => ordered.flatMap(({ own }) => own[at] ?? []));
  const shared = appends.length === 1 ? first.shared : mergeChanges(ordered.flatMap((one) => one.shared));
  if (shared.length > 0) groups.push(...sameTable(shared));
  const values: unknown[] = [];
  for (const { events } of ordered) values.push(...events);
  const facts = values.length / eventTypes.length;
  for (const group of groups) for (const change of group) values.push(...valuesOf(change));
  const key = first.shape === null ? null : `${shapeOf(appends.length, shared)} ${first.shape}`;
  return { ...textOfAppend(key, facts, groups), values };
}

function bySubject(a: PreparedAppend, b: PreparedAppend): number {
  return a.append.subject.id < b.append.subject.id ? -1 : 1;
}

function sameTable(changes: readonly RowChange[]): readonly (readonly RowChange[])[] {
  return [...Map.groupBy(changes, ({ table }) => table).values()];
}

type Text = Pick<AppendStatement, 'name' | 'text'>;
const texts = new Map<string, Text>();

/** Few shapes come again and again. Their texts are remembered: to put one together and digest it takes longer than all the rest of an append. */
function textOfAppend(key: string | null, facts: number, groups: readonly (readonly RowChange[])[]): Text {
  if (key === null) return { text: textFor(facts, groups) };
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = textFor(facts, groups);
  if (texts.size >= rememberedTexts) return { text };
  const named = { name: `append_${hash('sha256', text).slice(0, 24)}`, text };
  texts.set(key, named);
  return named;
}

function textFor(facts: number, groups: readonly (readonly RowChange[])[]): string {
  const rows = Array.from({ length: facts }, (_, fact) => eventTypes.map((type, i) => `$${fact * eventTypes.length + i + 1}::${type}`));
  const steps = [
    `appended as (insert into events (${eventFields}) values ${rows.map((row) => `(${row.join(', ')})`).join(', ')} returning 1)`,
  ];
  let before = facts * eventTypes.length;
  for (const group of groups) {
    for (const text of textsOf(group, before)) steps.push(`view_${steps.length} as (${text})`);
    for (const change of group) before += valuesOf(change).length;
  }
  return `with ${steps.join(', ')} select count(*)::int as appended from appended`;
}
