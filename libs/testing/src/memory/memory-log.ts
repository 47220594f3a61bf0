import {
  RevisionConflict,
  type Append,
  type EventLog,
  type EventQuery,
  type Overlooked,
  type SequencedEvent,
  type Sequencer,
} from '@muniment/application';
import { encodeCbor, sha256Hex } from '@muniment/formats';
import { foldCollection, type FoldedCollection } from './fold-collection.js';
import { foldKey, type FoldedKey } from './fold-key.js';
import { foldPackage, type FoldedPackage } from './fold-package.js';
import { Listeners } from './listeners.js';

/**
 * Event log, sequencer and views in one process's memory: an append checks, writes and folds without yielding, which is its transaction.
 * Every call yields once first, as a database would, so that racing callers really race.
 */
export class MemoryLog implements EventLog, Sequencer {
  readonly packages = new Map<string, FoldedPackage>();
  readonly collections = new Map<string, FoldedCollection>();
  readonly keys = new Map<string, FoldedKey>();
  private readonly events: SequencedEvent[] = [];
  private readonly unsequenced: SequencedEvent[] = [];
  private readonly appended = new Listeners();
  private readonly sequenced = new Listeners();

  async append({ subject, expectedRevision, facts, attribution, overlooks }: Append): Promise<{ readonly revision: number }> {
    await Promise.resolve();
    let folded = this.packages.get(subject.id) ?? null;
    let collection = this.collections.get(subject.id) ?? null;
    let key = this.keys.get(subject.id) ?? null;
    const revision = folded?.state.revision ?? collection?.revision ?? key?.revision ?? 0;
    if (revision !== expectedRevision && (overlooks === undefined || !this.cameOnly(overlooks, subject.id, expectedRevision))) {
      throw new RevisionConflict(`${subject.id} moved on since revision ${expectedRevision}`);
    }
    const told = { actor: attribution.actor, reason: attribution.reason ?? null };
    const rows: SequencedEvent[] = [];
    for (const [index, fact] of facts.entries()) {
      const payload = encodeCbor(fact.payload);
      const payloadDigest = sha256Hex(payload);
      if (fact.type === 'v1.collection.started' || fact.type === 'v1.collection.completed')
        collection = foldCollection(collection, fact, told);
      else if (fact.type === 'v1.key.announced' || fact.type === 'v1.key.compromised') key = foldKey(key, fact);
      else folded = foldPackage(folded, fact, payloadDigest, told);
      rows.push({
        sequence: 0n,
        type: fact.type,
        time: attribution.time,
        actor: attribution.actor,
        subject,
        revision: revision + 1 + index,
        reason: attribution.reason ?? null,
        payload,
        payloadDigest,
        traceparent: attribution.traceparent ?? null,
      });
    }
    if (folded !== null) this.packages.set(subject.id, folded);
    if (collection !== null) this.collections.set(subject.id, collection);
    if (key !== null) this.keys.set(subject.id, key);
    this.unsequenced.push(...rows);
    this.appended.wake();
    return { revision: revision + facts.length };
  }

  async read({ after, limit, types, subjectId, fromRevision, repositories }: EventQuery): Promise<readonly SequencedEvent[]> {
    await Promise.resolve();
    return this.events
      .filter((event) => event.sequence > after)
      .filter((event) => types === undefined || types.includes(event.type))
      .filter((event) => subjectId === undefined || event.subject.id === subjectId)
      .filter((event) => event.revision >= (fromRevision ?? 0))
      .filter((event) => repositories === undefined || this.within(event, repositories))
      .slice(0, limit);
  }

  async head(): Promise<bigint> {
    await Promise.resolve();
    return BigInt(this.events.length);
  }

  async pass(): Promise<number> {
    await Promise.resolve();
    const fresh = this.unsequenced.splice(0);
    for (const event of fresh) this.events.push({ ...event, sequence: BigInt(this.events.length + 1) });
    if (fresh.length > 0) this.sequenced.wake();
    return fresh.length;
  }

  onAppended(listener: () => void): () => void {
    return this.appended.add(listener);
  }

  onSequenced(listener: () => void): () => void {
    return this.sequenced.add(listener);
  }

  private cameOnly(type: Overlooked, subjectId: string, since: number): boolean {
    const later = [...this.events, ...this.unsequenced].filter(({ subject, revision }) => subject.id === subjectId && revision > since);
    return later.length > 0 && later.every((event) => event.type === type);
  }

  private within(event: SequencedEvent, patterns: readonly string[]): boolean {
    if (patterns.includes('*')) return true;
    const repository = this.packages.get(event.subject.id)?.state.description.repository;
    return repository !== undefined && patterns.some((pattern) => coversRepository(pattern, repository));
  }
}

/** Exact `owner/name`, `owner/*`, or `*`. */
export function coversRepository(pattern: string, repository: string): boolean {
  return pattern === '*' || pattern === repository || (pattern.endsWith('/*') && repository.startsWith(pattern.slice(0, -1)));
}
