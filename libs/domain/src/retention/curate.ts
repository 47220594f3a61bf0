import type { Attribution } from '../event.js';
import type { DemotionCause, RetentionEvent } from './events.js';
import { outOfTrash, withEligibility } from './re-evaluate.js';
import type { RetentionState } from './state.js';

/** How many validated wheelhouses of a repository and name stay, unless the operator says otherwise (RET-24). */
export const defaultCuratedKeep = 3;

/** Puts the package into the curated set. Nothing when it is there already or has nothing left to keep. */
export function promote(state: RetentionState, { time }: Attribution): readonly RetentionEvent[] {
  if (state.curatedSince !== null || state.collectedAt !== null) return [];
  return [{ type: 'v1.retention.promoted', payload: { promoted_at: time } }, ...outOfTrash(state, 'promoted', time)];
}

/** Takes the package out of the curated set; its own expiry counts again from now on. */
export function demote(state: RetentionState, cause: DemotionCause, attribution: Attribution): readonly RetentionEvent[] {
  if (state.curatedSince === null) return [];
  return withEligibility(state, [{ type: 'v1.retention.demoted', payload: { demoted_at: attribution.time, cause } }], attribution);
}
