import { Refusal } from '../errors.js';
import type { Attribution } from '../event.js';
import type { Instant } from '../instant.js';
import { assertKept } from './assert-kept.js';
import type { RetentionEvent, RetentionExtended } from './events.js';
import { outOfTrash, withEligibility } from './re-evaluate.js';
import type { RetentionState } from './state.js';

/**
 * Moves the expiry later. Refuses what keeps for ever (`retention_permanent`), an instant that is not later than the current expiry or not in the
 * future (`extension_not_later`), and a package whose files are gone (`package_collected`).
 */
export function extendRetention(state: RetentionState, newExpiresAt: Instant, attribution: Attribution): readonly RetentionEvent[] {
  const now = attribution.time;
  assertKept(state);
  const { expiresAt, retentionClass } = state;
  if (expiresAt === null) {
    throw new Refusal('retention_permanent', `The class ${retentionClass} keeps it for ever: there is nothing to extend.`, {
      retention_class: retentionClass,
    });
  }
  if (newExpiresAt <= expiresAt) {
    throw new Refusal('extension_not_later', `It is already kept until ${expiresAt}. An extension must be later than that.`, {
      current_expires_at: expiresAt,
    });
  }
  if (newExpiresAt <= now) {
    throw new Refusal('extension_not_later', 'The new expiry has already passed: it would extend nothing.', { now });
  }
  const extended: RetentionExtended = {
    type: 'v1.retention.extended',
    payload: { previous_expires_at: expiresAt, new_expires_at: newExpiresAt, extended_at: now },
  };
  return withEligibility(state, [extended, ...outOfTrash(state, 'extended', now)], attribution);
}
