import { extendRetention, type Instant, type RetentionState } from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';
import { actOnRetention, type RetentionAct } from './act-on-retention.js';

export interface Extension extends RetentionAct {
  readonly newExpiresAt: Instant;
}

/** Keeps a package longer. Gives the retention after it. */
export class ExtendRetention {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly clock: Clock,
  ) {}

  execute(extension: Extension): Promise<RetentionState> {
    const { log, states, clock } = this;
    return actOnRetention({ log, states, clock }, extension, (state, attribution) =>
      extendRetention(state, extension.newExpiresAt, attribution),
    );
  }
}
