import { hash } from 'node:crypto';
import type { Append } from '@muniment/application';
import { encodeCbor } from '@muniment/formats';
import { mergeChanges, textsOf, valuesOf, type RowChange } from '../views/row-change.js';
import { project } from '../views/project.js';
import { moveOf, moveText, valuesOfMove, type Move } from './move.js';

/** An append as the database takes it: the values of its events and what they change in views, to be sent alone or together with others. */
export interface PreparedAppend {
  readonly append: Append;
  readonly events: readonly unknown[];
  /** How it takes its place in the stream of its package; null for a new package and for what is no package: there the key (subject, revision) alone decides. */
  readonly move: Move | null;
  /** Rows of its subject alone, without the one that `move` changes. */
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
  const encoded = facts.map((event, n) => {
    const payload = encodeCbor(event.payload);
    return { event, payload, digest: hash('sha256', payload, 'buffer'), revision: expectedRevision + 1 + n };
  });
  const projected = encoded.flatMap(({ event, digest, revision }) =>
    project({ subjectId: subject.id, repository, revision, payloadDigest: digest.toString('hex'), event, actor, reason }),
  );
  const changes = mergeChanges(projected);
  const firstShared = changes.findIndex(({ kind }) => kind === 'earliest');
  const unshared = firstShared < 0 ? changes : changes.slice(0, firstShared);
  const move = moveOf(append, unshared);
  const own = move === null ? unshared : unshared.filter((change) => change !== move.change);
  // Where the stream stands is known when the row has moved; the events come behind, counted from the last one.
  const place = (revision: number): number => (move === null ? revision : revision - expectedRevision - facts.length);
  const events = encoded.flatMap(({ event, payload, digest, revision }) => [
    ...[event.type, time, actor, subject.kind, subject.id],
    ...[place(revision), reason, traceparent, payload, digest],
  ]);
  const shape = facts.length > namedFacts ? null : shapeOf(facts.length, move, own);
  return { append, events, move, own, shared: firstShared < 0 ? [] : changes.slice(firstShared), shape };
}

function shapeOf(count: number, move: Move | null, changes: readonly RowChange[]): string {
  let shape = `${count} ${move === null ? '' : `${move.overlooks ?? 'nothing'} ${Object.keys(move.change.row).join(' ')}`}`;
  for (const { table, kind, row, any } of changes) shape += `;${table.name} ${kind} ${any?.column ?? ''} ${Object.keys(row).join(' ')}`;
  return shape;
}

/**
 * Events and every view they change as ONE statement: one round trip, atomic without BEGIN and COMMIT (limits.md section 5: 2 to 3 times the
 * rate of a transaction of several statements). Several appends, which must be of one shape and of different subjects, share the cost of a commit and of
 * starting the statement: measured, eight together need half of the server's time that they need alone.
 *
 * Locks are taken in one order by all statements: for each subject its narrow row and then its events, by subject; then the other rows of those subjects; then
 * shared rows by key. So two statements that meet wait for each other and never deadlock.
 *
 * It answers one row: how many events, then of each append that moves the revision of its last one, by subject.
 */
export function appendStatement(appends: readonly PreparedAppend[]): AppendStatement {
  const [first] = appends;
  if (first === undefined) throw new Error('a statement needs an append');
  const ordered = inOrder(appends);
  const groups: (readonly RowChange[])[] = first.own.map((_, at) => ordered.flatMap(({ own }) => own[at] ?? []));
  const shared = appends.length === 1 ? first.shared : mergeChanges(ordered.flatMap((one) => one.shared));
  if (shared.length > 0) groups.push(...sameTable(shared));
  const values: unknown[] = [];
  for (const { events } of ordered) values.push(...events);
  for (const { move } of ordered) if (move !== null) values.push(...valuesOfMove(move));
  for (const group of groups) for (const change of group) values.push(...valuesOf(change));
  const key = first.shape === null ? null : `${shapeOf(appends.length, null, shared)} ${first.shape}`;
  return { ...textOfAppend(key, ordered, groups), values };
}

/** By subject: the order of the answer, too. */
export function inOrder(appends: readonly PreparedAppend[]): readonly PreparedAppend[] {
  return appends.length === 1 ? appends : [...appends].sort(bySubject);
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
function textOfAppend(key: string | null, appends: readonly PreparedAppend[], groups: readonly (readonly RowChange[])[]): Text {
  if (key === null) return { text: textFor(appends, groups) };
  const known = texts.get(key);
  if (known !== undefined) return known;
  const text = textFor(appends, groups);
  if (texts.size >= rememberedTexts) return { text };
  const named = { name: `append_${hash('sha256', text).slice(0, 24)}`, text };
  texts.set(key, named);
  return named;
}

/** Asked for first, so that the server makes the events, and for them the moves, before it turns to the other rows. */
const appended = '(select count(*)::int from appended) as appended';

/**
 * The events of packages that move come from a sub-select that `offset 0` keeps one, so that the id of each is given after its row was made, which is after the
 * row of its package was locked: ids of a stream ascend as its revisions do (ADR 0007). A package that did not move leaves a revision null, which `events` does
 * not take.
 */
function textFor(appends: readonly PreparedAppend[], groups: readonly (readonly RowChange[])[]): string {
  const steps: string[] = [];
  const rows: string[] = [];
  const revisions: string[] = [];
  let before = appends.reduce((sum, { events }) => sum + events.length, 0);
  for (const [n, { move, events }] of appends.entries()) {
    const moved = move === null ? null : `(select revision from moved_${n})`;
    for (let fact = 0; fact < events.length / eventTypes.length; fact++) rows.push(eventRow(rows.length, moved));
    if (move === null) continue;
    revisions.push(`${moved} as r${n}`);
    steps.push(`moved_${n} as (${moveText(move, before)})`);
    before += valuesOfMove(move).length;
  }
  const facts = `values ${rows.join(', ')}`;
  const made = appends.some(({ move }) => move !== null) ? `select * from (${facts}) fact offset 0` : facts;
  steps.push(`appended as (insert into events (${eventFields}) ${made} returning 1)`);
  for (const group of groups) {
    for (const text of textsOf(group, before)) steps.push(`view_${steps.length} as (${text})`);
    for (const change of group) before += valuesOf(change).length;
  }
  return `with ${steps.join(', ')} select ${[appended, ...revisions].join(', ')}`;
}

const revisionAt = eventFields.split(', ').indexOf('revision');

function eventRow(row: number, moved: string | null): string {
  const places = eventTypes.map((type, i) => {
    const place = `$${row * eventTypes.length + i + 1}::${type}`;
    return i === revisionAt && moved !== null ? `${moved} + ${place}` : place;
  });
  return `(${places.join(', ')})`;
}
