import { Refusal } from '../errors.js';
import type { Attribution } from '../event.js';
import { assertKept } from './assert-kept.js';
import type { RetentionEvent } from './events.js';
import { outOfTrash, withEligibility } from './re-evaluate.js';
import type { RetentionState } from './state.js';

/** Stops deletion until the hold is released. The same hold id again changes nothing, so a retried request applies one hold. */
export function applyHold(state: RetentionState, holdId: string, attribution: Attribution): readonly RetentionEvent[] {
  if (state.holds.some((hold) => hold.holdId === holdId) || state.releasedHolds.includes(holdId)) return [];
  assertKept(state);
  const now = attribution.time;
  return [{ type: 'v1.retention.hold_applied', payload: { hold_id: holdId, applied_at: now } }, ...outOfTrash(state, 'held', now)];
}

/**
 * Ends one hold; what the other holds, the curated set and the expiry then say is decided in the same append. Refuses a hold of another package
 * or none (`hold_not_found`) and one that has ended (`hold_already_released`).
 */
export function releaseHold(state: RetentionState, holdId: string, attribution: Attribution): readonly RetentionEvent[] {
  if (state.releasedHolds.includes(holdId)) {
    throw new Refusal('hold_already_released', `Hold ${holdId} was released before.`, { hold_id: holdId });
  }
  const remaining = state.holds.filter((hold) => hold.holdId !== holdId).length;
  if (remaining === state.holds.length) {
    throw new Refusal('hold_not_found', `This package has no hold ${holdId}.`, { hold_id: holdId });
  }
  const released: RetentionEvent = {
    type: 'v1.retention.hold_released',
    payload: { hold_id: holdId, released_at: attribution.time, remaining_holds: remaining },
  };
  return withEligibility(state, [released], attribution);
}
