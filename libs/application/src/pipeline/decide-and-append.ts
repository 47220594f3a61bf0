import type { Attribution, DomainEvent } from '@muniment/domain';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';

const attempts = 50;

export interface Decision<View, Fact extends DomainEvent> {
  readonly packageId: string;
  readonly attribution: Attribution;
  /** State at some revision; called again after a conflict. */
  readonly load: () => Promise<View>;
  readonly revisionOf: (view: View) => number;
  /** Pure. No facts: nothing to do. */
  readonly decide: (view: View) => readonly Fact[];
  /** What must be true in the outside world before these facts may be recorded. May run again after a conflict. */
  readonly prepare?: (facts: readonly Fact[], view: View) => Promise<void>;
}

export interface Decided<View, Fact> {
  readonly view: View;
  readonly facts: readonly Fact[];
  readonly revision: number;
}

/** Load, decide, append expecting the loaded revision; on a conflict the same again. The facts were true of the state they were decided on. */
export async function decideAndAppend<View, Fact extends DomainEvent>(
  log: EventLog,
  decision: Decision<View, Fact>,
): Promise<Decided<View, Fact>> {
  for (let attempt = 1; ; attempt++) {
    const view = await decision.load();
    const expectedRevision = decision.revisionOf(view);
    const facts = decision.decide(view);
    if (facts.length === 0) return { view, facts, revision: expectedRevision };
    await decision.prepare?.(facts, view);
    try {
      const subject = { kind: 'package', id: decision.packageId } as const;
      const { revision } = await log.append({ subject, expectedRevision, facts, attribution: decision.attribution });
      return { view, facts, revision };
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt >= attempts) throw error;
      // Writers of one package that collided spread out; the wait grows with the crowd.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(50, 2 * attempt)));
    }
  }
}
