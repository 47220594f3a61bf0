import type { Attribution } from '../event.js';
import { instantOf, plusSeconds, type Instant } from '../instant.js';
import type { RetentionEvent } from '../retention/events.js';
import { evolveAll, evolveRetention } from '../retention/evolve.js';
import type { RetentionState } from '../retention/state.js';

/** When the packages of these specs are made, and how they are kept: a thousand seconds. */
export const made: Instant = instantOf(new Date('2026-03-01T12:00:00.000Z'));
export const expiry: Instant = after(1_000);
export const records: Omit<Attribution, 'time'> = { actor: 'token:records', reason: 'audit' };

/** So many seconds after the package was made. */
export function after(seconds: number): Instant {
  return plusSeconds(made, seconds);
}

/** Somebody acts so many seconds after the package was made. */
export function acting(seconds: number): Attribution {
  return { ...records, time: after(seconds) };
}

/** Given: the class, then these facts, all told by the same person. */
export function given(...facts: readonly RetentionEvent[]): RetentionState {
  return evolveAll(opened(expiry), facts, { actor: records.actor, reason: 'audit' });
}

/** A package of a class that never ends. */
export function opened(expiresAt: Instant | null): RetentionState {
  const retentionClass = expiresAt === null ? 'permanent-record' : 'raw-evidence';
  const payload = { retention_class: retentionClass, expires_at: expiresAt };
  return evolveRetention(null, { type: 'v1.retention.default_applied', payload }, { actor: 'token:ci', reason: null });
}

export const held = (holdId: string, seconds: number): RetentionEvent => ({
  type: 'v1.retention.hold_applied',
  payload: { hold_id: holdId, applied_at: after(seconds) },
});
export const released = (holdId: string, seconds: number, remaining = 0): RetentionEvent => ({
  type: 'v1.retention.hold_released',
  payload: { hold_id: holdId, released_at: after(seconds), remaining_holds: remaining },
});
export const marked = (seconds: number, expiresAt: Instant = expiry): RetentionEvent => ({
  type: 'v1.retention.deletion_eligible',
  payload: { as_of: after(seconds), expires_at: expiresAt },
});
export const extended = (until: number, seconds: number, previous: Instant = expiry): RetentionEvent => ({
  type: 'v1.retention.extended',
  payload: { previous_expires_at: previous, new_expires_at: after(until), extended_at: after(seconds) },
});
export const promoted = (seconds: number): RetentionEvent => ({ type: 'v1.retention.promoted', payload: { promoted_at: after(seconds) } });
export const demoted = (seconds: number): RetentionEvent => ({
  type: 'v1.retention.demoted',
  payload: { demoted_at: after(seconds), cause: 'superseded' },
});
export const trashed = (seconds: number, until: number): RetentionEvent => ({
  type: 'v1.retention.trashed',
  payload: { collection_id: 'c1', trashed_at: after(seconds), purge_after: after(until) },
});
export const restored = (seconds: number, cause: 'asked' | 'extended' | 'held' | 'promoted'): RetentionEvent => ({
  type: 'v1.retention.restored',
  payload: { restored_at: after(seconds), cause },
});
export const collected = (seconds: number): RetentionEvent => ({
  type: 'v1.retention.collected',
  payload: {
    collection_id: 'c2',
    collected_at: after(seconds),
    rule: {
      retention_class: 'raw-evidence',
      expires_at: expiry,
      eligible_since: expiry,
      trashed_at: expiry,
      purge_after: expiry,
    },
    checked: { active_holds: 0, released_holds: [], curated: false },
    manifest_digest: null,
    released: [],
    kept: [],
  },
});

/** In the trash from second 1,500 to second 2,000, marked before. */
export const inTrash = (): RetentionState => given(marked(1_000), trashed(1_500, 2_000));
/** Gone since second 3,000. */
export const gone = (): RetentionState => given(marked(1_000), trashed(1_500, 2_000), collected(3_000));
