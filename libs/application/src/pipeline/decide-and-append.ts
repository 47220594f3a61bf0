import { PushBack, type Attribution, type DomainEvent } from '@muniment/domain';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';
import { Turns } from './turns.js';

const attempts = 50;

export interface Decision<View, Fact extends DomainEvent> {
  readonly packageId: string;
  readonly attribution: Attribution;
  /** What the caller read a moment ago: saves the first look, as long as nobody decides about the package meanwhile. */
  readonly known?: View | undefined;
  /** State at some revision; called again after a conflict. */
  readonly load: () => Promise<View>;
  readonly revisionOf: (view: View) => number;
  /** Pure. No facts: nothing to do. */
  readonly decide: (view: View) => readonly Fact[];
  /** What must be true in the outside world before these facts may be recorded. May run again after a conflict, and be quick then. */
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
 * to prepare takes no turn at first, because that may take long; once it met a conflict, it is prepared, and takes one.
 *
 * Throws {@link PushBack} when other processes were first every time; nothing is recorded then.
 */
export async function decideAndAppend<View, Fact extends DomainEvent>(
  log: EventLog,
  decision: Decision<View, Fact>,
): Promise<Decided<View, Fact>> {
  if (decision.prepare !== undefined) {
    const decided = await tryOnce(log, decision, decision.known ?? (await decision.load()));
    if (decided !== null) return decided;
  }
  return turnsFor(log).take(decision.packageId, (first) => tryAgainAndAgain(log, decision, first));
}

async function tryAgainAndAgain<View, Fact extends DomainEvent>(
  log: EventLog,
  decision: Decision<View, Fact>,
  first: boolean,
): Promise<Decided<View, Fact>> {
  let known = first && decision.prepare === undefined ? decision.known : undefined;
  for (let attempt = decision.prepare === undefined ? 1 : 2; ; attempt++) {
    const decided = await tryOnce(log, decision, known ?? (await decision.load()));
    if (decided !== null) return decided;
    known = undefined;
    if (attempt >= attempts) throw new PushBack('Too many write to this package at once. Nothing was recorded; try again in a moment.', 1);
    // Processes that collided spread out; the wait grows with the crowd.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50, 2 * attempt)));
  }
}

/** Null: somebody else appended first. */
async function tryOnce<View, Fact extends DomainEvent>(
  log: EventLog,
  { packageId, attribution, revisionOf, decide, prepare }: Decision<View, Fact>,
  view: View,
): Promise<Decided<View, Fact> | null> {
  const expectedRevision = revisionOf(view);
  const facts = decide(view);
  if (facts.length === 0) return { view, facts, revision: expectedRevision };
  await prepare?.(facts, view);
  try {
    const { revision } = await log.append({ subject: { kind: 'package', id: packageId }, expectedRevision, facts, attribution });
    return { view, facts, revision };
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
