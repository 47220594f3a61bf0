import {
  actorOf,
  assertMay,
  assertReason,
  evolveAll,
  Refusal,
  type Attribution,
  type Principal,
  type RetentionEvent,
  type RetentionState,
} from '@muniment/domain';
import { decideAndAppend } from '../pipeline/decide-and-append.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import type { PackageStates, RetainedPackage } from '../ports/views.js';

/** What every act on a package's retention says: who, on what, and why. */
export interface RetentionAct {
  readonly caller: Principal;
  readonly packageId: string;
  /** As the caller gave it; blank ones are refused (`reason_required`). */
  readonly reason: string;
  readonly traceparent: string | null;
}

/**
 * Records what somebody decided about one package's retention and gives the state after it. Refuses what is not there (`package_not_found`) and who
 * may not (`forbidden`) before anything else, then a missing reason.
 */
export async function actOnRetention(
  ports: { readonly log: EventLog; readonly states: PackageStates; readonly clock: Clock },
  act: RetentionAct,
  decide: (state: RetentionState, attribution: Attribution) => readonly RetentionEvent[],
): Promise<RetentionState> {
  const { caller, packageId, traceparent } = act;
  const load = async (): Promise<RetainedPackage> => {
    const retained = await retainedPackage(ports.states, packageId);
    assertMay(caller, 'retention', retained.package.description.repository);
    return retained;
  };
  // Before the reason is looked at: who may not act learns nothing but that.
  await load();
  const reason = assertReason(act.reason);
  const attribution: Attribution = {
    actor: actorOf(caller),
    time: ports.clock.now(),
    reason,
    ...(traceparent === null ? {} : { traceparent }),
  };
  const { view, facts } = await decideAndAppend(ports.log, {
    packageId,
    attribution,
    load,
    revisionOf: (retained) => retained.package.revision,
    decide: (retained) => decide(retained.retention, attribution),
  });
  return evolveAll(view.retention, facts, { actor: attribution.actor, reason });
}

/** What retention decisions load; refuses an unknown package (`package_not_found`). */
export async function retainedPackage(states: PackageStates, packageId: string): Promise<RetainedPackage> {
  const retained = await states.retention(packageId);
  if (!retained) throw new Refusal('package_not_found', `There is no package ${packageId}.`);
  return retained;
}
