import {
  actorOf,
  assertBrake,
  assertReason,
  mayEverywhere,
  Refusal,
  type Attribution,
  type CollectionStarted,
  type Instant,
  type Principal,
} from '@muniment/domain';
import type { Clock } from '../ports/clock.js';
import { RevisionConflict, type EventLog } from '../ports/event-log.js';
import type { Collections, CollectionView } from '../ports/retention.js';
import { assertMayCollect } from './may-collect.js';
import type { PlanCollection, Planned } from './plan-collection.js';
import type { CollectionSettings } from './settings.js';

export interface StartCommand {
  readonly caller: Principal;
  /** Fixed by the caller's Idempotency-Key where there is one. */
  readonly collectionId: string;
  readonly planDigest: string;
  readonly asOf: Instant;
  readonly limit?: number;
  readonly reason: string;
  readonly overrideBrake: boolean;
  readonly traceparent: string | null;
}

/** Records that a plan is to be carried out: the plan whose digest the caller gives back, and only while it still holds. */
export class StartCollection {
  constructor(
    private readonly log: EventLog,
    private readonly collections: Collections,
    private readonly planner: PlanCollection,
    private readonly settings: Pick<CollectionSettings, 'mode'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Refuses while collection is off (`collection_disabled`), a plan that no longer holds (`collection_plan_outdated`) and one that takes too much
   * (`collection_brake`), which an administrator may override.
   */
  async execute(command: StartCommand): Promise<string> {
    const { caller, collectionId, planDigest, asOf, limit, overrideBrake, traceparent } = command;
    assertMayCollect(caller);
    if (overrideBrake && !mayEverywhere(caller, 'admin'))
      throw new Refusal('forbidden', 'Only an administrator may start a plan that the brake stops.');
    const reason = assertReason(command.reason);
    if (this.settings.mode === 'off') {
      throw new Refusal(
        'collection_disabled',
        'This archive deletes nothing: its operator has not set MUNIMENT_COLLECTION to manual or automatic.',
      );
    }
    const earlier = await this.collections.one(collectionId);
    if (earlier !== null) return sameStart(earlier, planDigest);
    const planned = await this.planner.execute({ asOf, ...(limit === undefined ? {} : { limit }) });
    if (planned.digest !== planDigest) {
      throw new Refusal('collection_plan_outdated', 'Something changed since this plan was made. Make a new plan and look at it again.', {
        plan_digest: planned.digest,
      });
    }
    assertBrake(planned.brake, overrideBrake);
    const time = this.clock.now();
    const attribution = { actor: actorOf(caller), time, reason, ...(traceparent === null ? {} : { traceparent }) };
    try {
      await recordStart(this.log, collectionId, planned, overrideBrake && planned.brake.tripped, attribution);
    } catch (error) {
      const racing = error instanceof RevisionConflict ? await this.collections.one(collectionId) : null;
      if (racing === null) throw error;
      return sameStart(racing, planDigest);
    }
    return collectionId;
  }
}

/** The job that carries the plan out follows from the event. */
export async function recordStart(
  log: EventLog,
  collectionId: string,
  { plan, digest }: Planned,
  brakeOverridden: boolean,
  attribution: Attribution,
): Promise<void> {
  const started: CollectionStarted = {
    type: 'v1.collection.started',
    payload: {
      collection_id: collectionId,
      plan_digest: digest,
      plan,
      brake_overridden: brakeOverridden,
      started_at: attribution.time,
    },
  };
  await log.append({ subject: { kind: 'collection', id: collectionId }, expectedRevision: 0, facts: [started], attribution });
}

/** A repeated request whose answer was lost finds its collection. */
function sameStart(earlier: CollectionView, planDigest: string): string {
  if (earlier.planDigest === planDigest) return earlier.id;
  throw new Refusal('idempotency_key_reused', 'This Idempotency-Key already started another plan. Use a new key for a new collection.');
}
