import { Refusal } from '../errors.js';
import type { Instant } from '../instant.js';
import { demote, promote } from '../retention/curate.js';
import type { RetentionEvent } from '../retention/events.js';
import { evolveAll } from '../retention/evolve.js';
import { extendRetention } from '../retention/extend-retention.js';
import { applyHold, releaseHold } from '../retention/hold.js';
import { eligibility } from '../retention/re-evaluate.js';
import { restorePackage } from '../retention/restore-package.js';
import { mayBeDeleted, type RetentionState } from '../retention/state.js';
import { acting, after, collected, records, trashed } from './retention.js';

/** What somebody tries, `wait` seconds after what was tried before. */
export interface Act {
  readonly wait: number;
  readonly kind: 'extend' | 'hold' | 'release' | 'promote' | 'demote' | 'restore' | 'sweep' | 'trash' | 'collect';
  readonly hold: string;
  /** For an extension: until when; for a sweep: as of when; both in seconds after now, possibly negative. */
  readonly seconds: number;
}

export interface Step {
  readonly act: Act;
  readonly now: Instant;
  readonly before: RetentionState;
  readonly facts: readonly RetentionEvent[];
  readonly refused: string | null;
  readonly after: RetentionState;
}

export const told = { actor: records.actor, reason: 'audit' };

/** What came of these tries, one after the other. */
export function lived(first: RetentionState, acts: readonly Act[]): readonly Step[] {
  let state = first;
  let seconds = 0;
  return acts.map((tried) => {
    seconds += tried.wait;
    const step = stepOf(state, tried, seconds);
    state = step.after;
    return step;
  });
}

function stepOf(before: RetentionState, tried: Act, seconds: number): Step {
  const now = after(seconds);
  try {
    const facts = decide(before, tried, seconds);
    return { act: tried, now, before, facts, refused: null, after: evolveAll(before, facts, told) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { act: tried, now, before, facts: [], refused: error.code, after: before };
  }
}

/** What the archive does. Trash and collection are decided with whole packages elsewhere; here they obey the same rule. */
function decide(state: RetentionState, { kind, hold, seconds: offset }: Act, seconds: number): readonly RetentionEvent[] {
  const attribution = acting(seconds);
  switch (kind) {
    case 'extend':
      return extendRetention(state, after(seconds + offset), attribution);
    case 'hold':
      return applyHold(state, hold, attribution);
    case 'release':
      return releaseHold(state, hold, attribution);
    case 'promote':
      return promote(state, attribution);
    case 'demote':
      return demote(state, 'superseded', attribution);
    case 'restore':
      return restorePackage(state, attribution);
    case 'sweep':
      return eligibility(state, after(seconds + offset));
    case 'trash':
      return mayGo(state, attribution.time) && state.trash === null ? [trashed(seconds, seconds + 300)] : [];
    case 'collect':
      return mayGo(state, attribution.time) && state.trash !== null && state.trash.purgeAfter <= attribution.time
        ? [collected(seconds)]
        : [];
  }
}

function mayGo(state: RetentionState, now: Instant): boolean {
  return state.eligibleSince !== null && mayBeDeleted(state, now);
}
