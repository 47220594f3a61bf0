import type { Instant } from '../instant.js';
import type { RetentionEvent } from './events.js';
import type { RetentionState } from './state.js';

/** What an event says beside its payload, as far as retention needs it. */
export interface Told {
  readonly actor: string;
  readonly reason: string | null;
}

/** The state after one more event; the first must be `default_applied`. With the events up to an instant it is the state as of that instant. */
export function evolveRetention(before: RetentionState | null, event: RetentionEvent, told: Told): RetentionState {
  if (event.type === 'v1.retention.default_applied') return opened(event.payload.retention_class, event.payload.expires_at);
  if (before === null) throw new Error(`${event.type} before the retention class was applied`);
  switch (event.type) {
    case 'v1.retention.extended': {
      const { new_expires_at: expiresAt } = event.payload;
      const extension = { actor: told.actor, reason: told.reason ?? '', at: event.payload.extended_at };
      return { ...before, expiresAt, extension, eligibleSince: null };
    }
    case 'v1.retention.hold_applied': {
      const { hold_id: holdId, applied_at: appliedAt } = event.payload;
      const hold = { holdId, reason: told.reason ?? '', actor: told.actor, appliedAt };
      return { ...before, holds: [...before.holds, hold], eligibleSince: null };
    }
    case 'v1.retention.hold_released': {
      const { hold_id } = event.payload;
      const holds = before.holds.filter(({ holdId }) => holdId !== hold_id);
      return { ...before, holds, releasedHolds: [...before.releasedHolds, hold_id] };
    }
    case 'v1.retention.deletion_eligible':
      return { ...before, eligibleSince: event.payload.as_of };
    case 'v1.retention.promoted':
      return { ...before, curatedSince: event.payload.promoted_at, eligibleSince: null };
    case 'v1.retention.demoted':
      return { ...before, curatedSince: null };
    case 'v1.retention.trashed':
      return { ...before, trash: { since: event.payload.trashed_at, purgeAfter: event.payload.purge_after } };
    case 'v1.retention.restored':
      return { ...before, trash: null, restoredAt: event.payload.restored_at };
    case 'v1.retention.collected':
      return { ...before, collectedAt: event.payload.collected_at };
  }
}

function opened(retentionClass: string, expiresAt: Instant | null): RetentionState {
  return {
    retentionClass,
    expiresAt,
    eligibleSince: null,
    holds: [],
    releasedHolds: [],
    extension: null,
    curatedSince: null,
    trash: null,
    restoredAt: null,
    collectedAt: null,
  };
}

/** The state after several events of one append. */
export function evolveAll(before: RetentionState, events: readonly RetentionEvent[], told: Told): RetentionState {
  return events.reduce<RetentionState>((state, event) => evolveRetention(state, event, told), before);
}
