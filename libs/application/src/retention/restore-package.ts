import { restorePackage, type RetentionState } from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates } from '../ports/views.js';
import { actOnRetention, type RetentionAct } from './act-on-retention.js';

/** Undelete: takes a package out of the trash. */
export class RestorePackage {
  constructor(
    private readonly log: EventLog,
    private readonly states: PackageStates,
    private readonly clock: Clock,
  ) {}

  execute(act: RetentionAct): Promise<RetentionState> {
    const { log, states, clock } = this;
    return actOnRetention({ log, states, clock }, act, restorePackage);
  }
}
