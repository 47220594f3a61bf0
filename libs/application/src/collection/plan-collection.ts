import {
  readBrake,
  Refusal,
  type ArchiveTotals,
  type BrakeReading,
  type CollectionPlan,
  type Instant,
  type Principal,
} from '@muniment/domain';
import { encodeCbor, sha256Hex } from '@muniment/formats';
import type { Clock } from '../ports/clock.js';
import type { Collections, StorageLedger } from '../ports/retention.js';
import { assertMayCollect } from './may-collect.js';
import { defaultPlanLimit, type CollectionSettings } from './settings.js';

export interface PlanCommand {
  /** The instant the plan is made for; absent: now. Never in the future. */
  readonly asOf?: Instant;
  /** At most this many packages in each step. */
  readonly limit?: number;
}

export interface Planned {
  readonly plan: CollectionPlan;
  /** `sha256:<hex>` of the plan's canonical CBOR. */
  readonly digest: string;
  readonly brake: BrakeReading;
}

/** What a collection would do now. Records nothing and deletes nothing. */
export class PlanCollection {
  constructor(
    private readonly collections: Collections,
    private readonly ledger: StorageLedger,
    private readonly settings: Pick<CollectionSettings, 'graceSeconds' | 'trashSeconds' | 'maxSharePercent'>,
    private readonly clock: Clock,
  ) {}

  /** For somebody who asks; refuses whoever may not (`forbidden`). */
  async forCaller(caller: Principal, command: PlanCommand): Promise<Planned> {
    assertMayCollect(caller);
    return this.execute(command);
  }

  /** Refuses an instant in the future (`request_malformed`): by then anything may have happened. */
  async execute({ asOf: given, limit = defaultPlanLimit }: PlanCommand = {}): Promise<Planned> {
    const now = this.clock.now();
    const asOf = given ?? now;
    if (asOf > now) throw new Refusal('request_malformed', `A plan cannot be made for ${asOf}: here it is ${now}.`, { now });
    const { graceSeconds, trashSeconds } = this.settings;
    const { trash, purge } = await this.collections.candidates({ asOf, graceSeconds, limit });
    const plan: CollectionPlan = {
      plan_version: 1,
      as_of: asOf,
      grace_seconds: graceSeconds,
      trash_seconds: trashSeconds,
      limit,
      trash,
      purge,
    };
    return { plan, digest: planDigest(plan), brake: await this.brake(plan) };
  }

  /** The ledger is counted now and then. Before a plan is refused for its size the archive is counted again: it may have grown since. */
  private async brake(plan: CollectionPlan): Promise<BrakeReading> {
    const { maxSharePercent } = this.settings;
    const remembered = await this.ledger.totals();
    const reading = readBrake(plan, remembered ?? nothing, maxSharePercent);
    if (remembered !== null && !reading.tripped) return reading;
    await this.ledger.measure(this.clock.now());
    return readBrake(plan, (await this.ledger.totals()) ?? nothing, maxSharePercent);
  }
}

const nothing: ArchiveTotals = { packages: 0, bytes: 0 };

/** What names a plan: give it back to have exactly that plan carried out (docs/formats/collection-plan.md). */
export function planDigest(plan: CollectionPlan): string {
  return `sha256:${sha256Hex(encodeCbor(plan))}`;
}
