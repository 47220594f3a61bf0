import type { Attribution } from '../event.js';
import type { Instant } from '../instant.js';
import type { DeletionEligible, RestorationCause, Restored, RetentionEvent } from './events.js';
import { evolveAll } from './evolve.js';
import { mayBeDeleted, type RetentionState } from './state.js';

/** The facts, and the eligibility they bring about in the same append: nobody has to wait for the next sweep (trap T14). */
export function withEligibility(
  before: RetentionState,
  facts: readonly RetentionEvent[],
  { actor, time, reason }: Attribution,
): readonly RetentionEvent[] {
  const after = evolveAll(before, facts, { actor, reason: reason ?? null });
  return [...facts, ...eligibility(after, time)];
}

/** The mark, where it is due and missing. */
export function eligibility(state: RetentionState, asOf: Instant): readonly DeletionEligible[] {
  if (state.eligibleSince !== null || state.expiresAt === null || !mayBeDeleted(state, asOf)) return [];
  return [{ type: 'v1.retention.deletion_eligible', payload: { as_of: asOf, expires_at: state.expiresAt } }];
}

/** What keeps a package also takes it out of the trash. */
export function outOfTrash({ trash }: RetentionState, cause: RestorationCause, now: Instant): readonly Restored[] {
  return trash === null ? [] : [{ type: 'v1.retention.restored', payload: { restored_at: now, cause } }];
}
