import { createHash } from 'node:crypto';
import type { Append } from '@muniment/application';
import { encodeCbor, sha256Hex } from '@muniment/formats';
import { mergeChanges, statementOf } from '../views/row-change.js';
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

const eventColumns = 'type, time, actor, subject_kind, subject_id, revision, reason, traceparent, payload, payload_digest';
const namedFacts = 8;
const eventTypes = ['text', 'timestamptz', 'text', 'text', 'uuid', 'int', 'text', 'text', 'bytea', 'bytea'];

/**
 * Events and every view they change as ONE statement: one round trip, atomic without BEGIN and COMMIT (limits.md section 5: 2 to 3 times the
 * rate of a transaction of several statements).
 */
export function appendStatement(append: Append, repository: string): AppendStatement {
  const { subject, attribution, expectedRevision } = append;
  const values: unknown[] = [];
  const changes = [];
  const rows: string[] = [];
  for (const [index, event] of append.facts.entries()) {
    const revision = expectedRevision + 1 + index;
    const payload = encodeCbor(event.payload);
    const payloadDigest = sha256Hex(payload);
    const row = [
      event.type,
      attribution.time,
      attribution.actor,
      subject.kind,
      subject.id,
      revision,
      attribution.reason ?? null,
      attribution.traceparent ?? null,
      payload,
      Buffer.from(payloadDigest, 'hex'),
    ];
    rows.push(`(${row.map((value, i) => `$${values.push(value)}::${eventTypes[i] ?? 'text'}`).join(', ')})`);
    changes.push(...project({ packageId: subject.id, repository, revision, payloadDigest, event }));
  }
  const steps = [`appended as (insert into events (${eventColumns}) values ${rows.join(', ')} returning 1)`];
  for (const [index, change] of mergeChanges(changes).entries()) steps.push(`view_${index} as (${statementOf(change, values)})`);
  const text = `with ${steps.join(', ')} select count(*)::int as appended from appended`;
  return append.facts.length > namedFacts ? { text, values } : { name: nameOf(text), text, values };
}

const names = new Map<string, string>();

/** Few texts come again and again: their digests are remembered. */
function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `append_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  if (names.size < 1_000) names.set(text, name);
  return name;
}
