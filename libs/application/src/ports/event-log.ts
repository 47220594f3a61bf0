import type { Attribution, DomainEvent, Subject } from '@muniment/domain';
import type { Held } from './locks.js';

/** An event as every reader sees it: sequenced, immutable. `payload` is the canonical CBOR; `payloadDigest` its bare SHA-256 hex. */
export interface SequencedEvent {
  readonly sequence: bigint;
  readonly type: string;
  readonly time: string;
  readonly actor: string;
  readonly subject: Subject;
  /** Position in the subject's own stream, from 1, without gaps. */
  readonly revision: number;
  readonly reason: string | null;
  readonly payload: Uint8Array;
  readonly payloadDigest: string;
  readonly traceparent: string | null;
}

/** Facts that come in great numbers and that certain decisions do not depend on (ADR 0028). */
export type Overlooked = 'v1.file.received' | 'v1.file.ingested';

export interface Append {
  readonly subject: Subject;
  /** Revision the decision was made at; 0 for a new subject. */
  readonly expectedRevision: number;
  readonly facts: readonly DomainEvent[];
  readonly attribution: Attribution;
  /** The facts may follow any number of these that came since `expectedRevision`: the decision would be the same. Of packages that exist, and for facts about files, only. */
  readonly overlooks?: Overlooked;
  /** Locks without which the facts may not be recorded, because somebody else would remove what they refer to. */
  readonly under?: Held;
}

/** Somebody else appended to the subject first. Load again, decide again. Never shown to users. */
export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
}

/**
 * The truth. An append writes its facts and every view they change in one transaction, durably, or throws and changes nothing.
 * Safe for any number of concurrent writers in any number of processes.
 */
export interface EventLog {
  /**
   * Answers the revision of the last fact. Throws {@link RevisionConflict} when the subject is no longer at `expectedRevision`, unless all that came since is
   * overlooked. Not idempotent: the revision makes it so.
   */
  append(append: Append): Promise<{ readonly revision: number }>;
  /** Sequenced events after `after`, in order, without gaps, at most `limit`. Following "after N" never skips an event. */
  read(query: EventQuery): Promise<readonly SequencedEvent[]>;
  /** Highest sequence given so far; 0 for an empty log. */
  head(): Promise<bigint>;
  /** Calls `listener` soon after new events were sequenced, by whichever process; may call spuriously, so always read. */
  onSequenced(listener: () => void): () => void;
}

/** The same fact about many subjects, each expected at a revision of its own. */
export interface WideAppend {
  readonly subjects: readonly { readonly id: string; readonly expectedRevision: number }[];
  readonly fact: DomainEvent;
  readonly attribution: Attribution;
}

/** Appends that touch very many packages at once, as one statement. */
export interface WideLog {
  /** Appends to every subject that is still at its revision and returns those; the others moved and are left alone. */
  appendToMany(append: WideAppend): Promise<readonly string[]>;
}

export interface EventQuery {
  readonly after: bigint;
  readonly limit: number;
  readonly types?: readonly string[];
  readonly subjectId?: string;
  /** Only events at this revision of their subject or later. */
  readonly fromRevision?: number;
  /** Repository patterns a reader is confined to; absent: all. */
  readonly repositories?: readonly string[];
}

/**
 * Gives committed events their gapless global sequence. At most one pass runs at a time in the whole system (advisory lock), any process may
 * run it, and a pass killed half-way leaves nothing behind.
 */
export interface Sequencer {
  /** Sequences what is committed and unsequenced; returns how many events. 0 also when another process holds the lock. */
  pass(): Promise<number>;
  /** Called after each local append, so that the caller can run a pass at once. */
  onAppended(listener: () => void): () => void;
}

/** As much of an event as followers need. */
export type FollowedEvent = Pick<SequencedEvent, 'type' | 'subject' | 'payload' | 'traceparent'>;

/** A piece of the log to follow. */
export interface Stretch {
  /** How many events it is long. */
  readonly limit: number;
  /** The types that matter to the follower; it passes over all others. */
  readonly types: readonly string[];
}

/** Position up to which a follower has handled the log. */
export interface Checkpoints {
  /**
   * Runs `handle` for what matters in the follower's next stretch of the log while holding its lock, then moves its checkpoint to the end of it. `held`: somebody else
   * is following; `idle`: nothing came since.
   */
  advance(
    follower: string,
    stretch: Stretch,
    handle: (events: readonly FollowedEvent[]) => Promise<void>,
  ): Promise<'idle' | 'moved' | 'held'>;
  /** Memory of the job queue that the follower last wrote to; null when it never did. */
  generation(follower: string): Promise<string | null>;
  setGeneration(follower: string, generation: string): Promise<void>;
}
