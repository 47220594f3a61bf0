import {
  plusSeconds,
  PushBack,
  type Attribution,
  type CollectionCompleted,
  type CollectionPlan,
  type CollectionStarted,
  type Trashed,
} from '@muniment/domain';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor } from '@muniment/formats';
import type { Clock } from '../ports/clock.js';
import { RevisionConflict, type EventLog, type WideLog } from '../ports/event-log.js';
import type { Locks } from '../ports/locks.js';
import type { Collections } from '../ports/retention.js';
import type { PurgePackages } from './purge-packages.js';
import type { SettleReleased } from './settle-released.js';
import { retentionService } from './settings.js';

/** Packages that one statement puts into the trash. */
const chunk = 1_000;
const purgeAttempts = 3;
/** Passes over what somebody else was working with; the pauses between them add up to some six seconds. */
const settleAttempts = 6;
const firstPauseMs = 200;
const retrySeconds = 5;

export interface Executed {
  readonly outcome: 'completed' | 'completed before';
  readonly result: Omit<CollectionCompleted['payload'], 'collection_id' | 'completed_at'>;
  /** Places that could not be given up yet: too young, busy or failing. The next collection or the reaper does. */
  readonly left: { readonly busy: number; readonly young: number; readonly failed: number };
}

export interface ExecutePorts {
  readonly log: EventLog;
  readonly wideLog: WideLog;
  readonly collections: Collections;
  readonly locks: Locks;
  readonly clock: Clock;
}

/** One collection at a time in the whole system. Whoever removes bytes of released files holds it. */
export const collectionLock = 'collection';

/**
 * Carries a started plan out: packages into the trash, packages out of the trash for ever, their bytes out of the store. What moved since the plan was
 * made is left alone. May be killed and repeated at any point: every step looks at what is still to be done.
 */
export class ExecuteCollection {
  constructor(
    private readonly ports: ExecutePorts,
    private readonly purge: PurgePackages,
    private readonly settle: SettleReleased,
  ) {}

  /** Pushes back while another collection runs. Throws when packages could not be decided on: the job comes again. */
  async execute(collectionId: string, traceparent: string | null): Promise<Executed> {
    const executed = await this.ports.locks.tryHold(collectionLock, () => this.alone(collectionId, traceparent));
    if (executed === null) throw new PushBack('Another collection is running.', retrySeconds);
    return executed;
  }

  private async alone(collectionId: string, traceparent: string | null): Promise<Executed> {
    const { collections, clock } = this.ports;
    const view = await collections.one(collectionId);
    if (view === null) throw new Error(`collection ${collectionId} is to be carried out but was never started`);
    const plan = await this.planOf(collectionId);
    const attribution: Attribution = { actor: retentionService, time: clock.now(), ...(traceparent === null ? {} : { traceparent }) };
    if (view.completedAt === null) {
      await this.trash(collectionId, plan, attribution);
      await this.purgeAll(collectionId, plan, attribution);
    }
    const left = await this.release(attribution);
    const result = await this.complete(collectionId, view.revision, plan, attribution);
    return { outcome: view.completedAt === null ? 'completed' : 'completed before', result, left };
  }

  private async planOf(collectionId: string): Promise<CollectionPlan> {
    const [event] = await this.ports.log.read({ after: 0n, limit: 1, types: ['v1.collection.started'], subjectId: collectionId });
    const started = event === undefined ? null : (parseEvent(event.type, decodeCbor(event.payload)) as CollectionStarted | null);
    if (started === null) throw new Error(`the plan of collection ${collectionId} is not in the log yet`);
    return started.payload.plan;
  }

  private async trash(collectionId: string, plan: CollectionPlan, attribution: Attribution): Promise<void> {
    const { time } = attribution;
    const fact: Trashed = {
      type: 'v1.retention.trashed',
      payload: { collection_id: collectionId, trashed_at: time, purge_after: plusSeconds(time, plan.trash_seconds) },
    };
    const subjects = plan.trash.map(({ package_id: id, revision }) => ({ id, expectedRevision: revision }));
    for (let from = 0; from < subjects.length; from += chunk)
      await this.ports.wideLog.appendToMany({ subjects: subjects.slice(from, from + chunk), fact, attribution });
  }

  private async purgeAll(collectionId: string, plan: CollectionPlan, attribution: Attribution): Promise<void> {
    let owed = plan.purge;
    for (let attempt = 1; owed.length > 0; attempt++) {
      owed = await this.purge.execute(collectionId, owed, attribution);
      if (owed.length > 0 && attempt >= purgeAttempts)
        throw new Error(`${owed.length} packages of collection ${collectionId} could not be purged`);
    }
  }

  private async release(attribution: Attribution): Promise<Executed['left']> {
    for (let attempt = 1, waitMs = firstPauseMs; ; attempt++, waitMs *= 2) {
      const { busy, young, failed } = await this.settle.pass(attribution);
      if (busy + failed === 0 || attempt >= settleAttempts) return { busy, young, failed };
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  private async complete(
    collectionId: string,
    revision: number,
    plan: CollectionPlan,
    attribution: Attribution,
  ): Promise<Executed['result']> {
    const { log, collections, clock } = this.ports;
    const { trashed, purged, locationsDeleted, bytesReclaimed } = await collections.tally(collectionId);
    const skipped = Math.max(0, plan.trash.length + plan.purge.length - trashed - purged);
    const result = { trashed, purged, skipped, locations_deleted: locationsDeleted, bytes_reclaimed: bytesReclaimed };
    // Revision 1 is the start, so only the first to complete gets it.
    if (revision > 1) return result;
    const completed: CollectionCompleted = {
      type: 'v1.collection.completed',
      payload: { collection_id: collectionId, completed_at: clock.now(), ...result },
    };
    try {
      await log.append({ subject: { kind: 'collection', id: collectionId }, expectedRevision: revision, facts: [completed], attribution });
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
    return result;
  }
}
