import { applyHold, type RetentionState } from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';
import { actOnRetention, type RetentionAct } from './act-on-retention.js';

export interface NewHold extends RetentionAct {
  /** Fixed by the caller's Idempotency-Key where there is one, so that a retry after a crash applies one hold. */
  readonly holdId: string;
}

/** Stops the deletion of a package until the hold is released. */
export class ApplyHold {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly clock: Clock,
  ) {}

  execute(hold: NewHold): Promise<RetentionState> {
    const { log, states, clock } = this;
    return actOnRetention({ log, states, clock }, hold, (state, attribution) => applyHold(state, hold.holdId, attribution));
  }
}
