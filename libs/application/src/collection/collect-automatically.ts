import type { BrakeReading } from '@muniment/domain';
import type { Clock, Ids } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { Collections } from '../ports/retention.js';
import type { PlanCollection } from './plan-collection.js';
import { retentionService, type CollectionSettings } from './settings.js';
import { recordStart } from './start-collection.js';

export type AutomaticOutcome =
  | { readonly outcome: 'started'; readonly collectionId: string }
  | { readonly outcome: 'braked'; readonly brake: BrakeReading }
  | { readonly outcome: 'switched off' | 'another is running' | 'nothing to do' };

/** Plans and starts a collection where the operator switched that on. Never overrides the brake: a plan that takes too much waits for a person. */
export class CollectAutomatically {
  constructor(
    private readonly log: EventLog,
    private readonly collections: Collections,
    private readonly planner: PlanCollection,
    private readonly settings: Pick<CollectionSettings, 'mode'>,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  async execute(): Promise<AutomaticOutcome> {
    if (this.settings.mode !== 'automatic') return { outcome: 'switched off' };
    const [latest] = await this.collections.list(1);
    if (latest !== undefined && latest.completedAt === null) return { outcome: 'another is running' };
    const planned = await this.planner.execute();
    if (planned.plan.trash.length + planned.plan.purge.length === 0) return { outcome: 'nothing to do' };
    if (planned.brake.tripped) return { outcome: 'braked', brake: planned.brake };
    const collectionId = this.ids.next();
    const attribution = { actor: retentionService, time: this.clock.now(), reason: 'automatic collection' };
    await recordStart(this.log, collectionId, planned, false, attribution);
    return { outcome: 'started', collectionId };
  }
}
