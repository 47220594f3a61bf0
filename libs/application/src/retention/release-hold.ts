import { releaseHold, type RetentionState } from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';
import { actOnRetention, type RetentionAct } from './act-on-retention.js';

export interface HoldRelease extends RetentionAct {
  readonly holdId: string;
}

/** Ends one hold. A package that nothing keeps any more is marked in the same append. */
export class ReleaseHold {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly clock: Clock,
  ) {}

  execute(release: HoldRelease): Promise<RetentionState> {
    const { log, states, clock } = this;
    return actOnRetention({ log, states, clock }, release, (state, attribution) => releaseHold(state, release.holdId, attribution));
  }
}
