import { Refusal } from '../errors.js';
import { planTotals, type CollectionPlan } from './plan.js';

/** What there is, as the ledger counted it. */
export interface ArchiveTotals {
  readonly packages: number;
  readonly bytes: number;
}

/** Below this many packages a share says nothing: a small archive may lose half of itself in one run. */
export const brakeFloorPackages = 10;

export interface BrakeReading {
  readonly tripped: boolean;
  readonly maxSharePercent: number;
  readonly planned: ArchiveTotals;
  readonly archive: ArchiveTotals;
}

/** Whether a plan would remove more than `maxSharePercent` of all packages or bytes: a wrong policy shows in the size of what it removes. */
export function readBrake(plan: CollectionPlan, archive: ArchiveTotals, maxSharePercent: number): BrakeReading {
  const planned = planTotals(plan);
  const over = (part: number, whole: number): boolean => part * 100 > whole * maxSharePercent;
  const tripped = planned.packages > brakeFloorPackages && (over(planned.packages, archive.packages) || over(planned.bytes, archive.bytes));
  return { tripped, maxSharePercent, planned, archive };
}

/** Refuses (`collection_brake`) a plan that removes too much, unless somebody said that it is meant. */
export function assertBrake({ tripped, maxSharePercent, planned, archive }: BrakeReading, override: boolean): void {
  if (!tripped || override) return;
  throw new Refusal(
    'collection_brake',
    `The plan takes ${planned.packages} of ${archive.packages} packages, ${planned.bytes} of ${archive.bytes} bytes; one run may take ${maxSharePercent} percent. ` +
      'Look at the plan; plan fewer packages, or say that it is meant.',
    { packages: planned.packages, bytes: planned.bytes, max_share_percent: maxSharePercent },
  );
}
