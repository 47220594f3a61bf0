import { isDeepStrictEqual } from 'node:util';
import { PushBack, type Attribution, type DomainEvent } from '@muniment/domain';
import { RevisionConflict, type Append, type EventLog, type Overlooked } from '../ports/event-log.js';
import type { Held } from '../ports/locks.js';
import { Turns } from './turns.js';

const attempts = 50;

export interface Decision<View, Fact extends DomainEvent> {
  readonly packageId: string;
  readonly attribution: Attribution;
  /** Locks that must be held when it is recorded: see `Append`. */
  readonly under?: Held | undefined;
  /** What the caller read a moment ago: saves the first look, as long as nobody decides about the package meanwhile. */
  readonly known?: View | undefined;
  /** State at some revision; called again after a conflict. */
  readonly load: () => Promise<View>;
  readonly revisionOf: (view: View) => number;
  /** Pure. No facts: nothing to do. */
  readonly decide: (view: View) => readonly Fact[];
  /** What may have come since a view without changing what is decided on it; null: nothing. */
  readonly overlooks?: (view: View) => Overlooked | null;
  /** Makes true in the outside world what these facts need; the caller sees to it that it stays so (it holds a lock). After a conflict it runs again for other facts only. */
  readonly prepare?: (facts: readonly Fact[], view: View) => Promise<void>;
}

export interface Decided<View, Fact> {
  readonly view: View;
  readonly facts: readonly Fact[];
  readonly revision: number;
}

/** Of a process, for each log that it writes: two logs in one process meet in the database only, as two processes do. */
const turnsOf = new WeakMap<EventLog, Turns>();

/**
 * Load, decide, append expecting the loaded revision; on a conflict the same again. The facts were true of the state they were decided on.
 *
 * Decisions of one process about one package take turns: of many at once one alone could be recorded, and the others would all be in vain. What has something
 * to prepare does so before its turn, because that may take long.
 *
 * Throws {@link PushBack} when other processes were first every time; nothing is recorded then.
 */
export function decideAndAppend<View, Fact extends DomainEvent>(
  log: EventLog,
  decision: Decision<View, Fact>,
): Promise<Decided<View, Fact>> {
  return turnsFor(log).visit(decision.packageId, async (visitor) => {
    let ready = decision.known === undefined ? null : decided(decision, decision.known);
    if (decision.prepare !== undefined) {
      ready ??= decided(decision, await decision.load());
      if (ready.facts.length === 0) return ready;
      await decision.prepare(ready.facts, ready.view);
    }
    return visitor.take((undisturbed) => appendAtLast(log, decision, ready, undisturbed));
  });
}

/** `ready`: decided, and prepared where that is needed; still up to date when `undisturbed`. */
async function appendAtLast<View, Fact extends DomainEvent>(
  log: EventLog,
  decision: Decision<View, Fact>,
  ready: Decided<View, Fact> | null,
  undisturbed: boolean,
): Promise<Decided<View, Fact>> {
  let prepared = ready?.facts;
  let next = undisturbed ? ready : null;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const made = next ?? decided(decision, await decision.load());
    next = null;
    if (made.facts.length === 0) return made;
    if (decision.prepare !== undefined && !isDeepStrictEqual(made.facts, prepared)) await decision.prepare(made.facts, made.view);
    prepared = made.facts;
    const revision = await tryAppend(log, decision, made);
    if (revision !== null) return { ...made, revision };
    // Processes that collided spread out; the wait grows with the crowd.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50, 2 * attempt)));
  }
  throw new PushBack('Too many write to this package at once. Nothing was recorded; try again in a moment.', 1);
}

/** What follows from a view, at the revision of that view. */
function decided<View, Fact extends DomainEvent>({ decide, revisionOf }: Decision<View, Fact>, view: View): Decided<View, Fact> {
  return { view, facts: decide(view), revision: revisionOf(view) };
}

/** The revision after the append; null when somebody else was first. */
async function tryAppend<View, Fact extends DomainEvent>(
  log: EventLog,
  { packageId, attribution, under, overlooks }: Decision<View, Fact>,
  { view, facts, revision }: Decided<View, Fact>,
): Promise<number | null> {
  try {
    const overlooked = overlooks?.(view) ?? null;
    const append: Append = {
      subject: { kind: 'package', id: packageId },
      expectedRevision: revision,
      facts,
      attribution,
      ...(overlooked === null ? {} : { overlooks: overlooked }),
      ...(under === undefined ? {} : { under }),
    };
    const appended = await log.append(append);
    return appended.revision;
  } catch (error) {
    if (error instanceof RevisionConflict) return null;
    throw error;
  }
}

function turnsFor(log: EventLog): Turns {
  const turns = turnsOf.get(log) ?? new Turns();
  turnsOf.set(log, turns);
  return turns;
}
