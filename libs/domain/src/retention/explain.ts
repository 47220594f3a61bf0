import type { Instant } from '../instant.js';
import { mayBeDeleted, type RetentionState } from './state.js';

export type ReasonCode =
  | 'kept_by_class'
  | 'kept_for_ever'
  | 'kept_by_extension'
  | 'held'
  | 'curated'
  | 'expired'
  | 'eligible_for_deletion'
  | 'in_trash'
  | 'collected';

export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
}

/** Why a package is kept or may go, and what changes that next. */
export interface RetentionExplanation {
  /** Whether the rules let it go at that instant; the recorded mark may lag behind until the next sweep. */
  readonly eligible: boolean;
  readonly reasons: readonly Reason[];
  /** When the answer changes by itself; `null` when only somebody's act can change it. */
  readonly nextChangeAt: Instant | null;
}

/** Every rule that has a say, the deciding one first. Pure: the instant is an argument. */
export function explainRetention(state: RetentionState, at: Instant): RetentionExplanation {
  if (state.collectedAt !== null) {
    const text = `Its files were collected at ${state.collectedAt}; manifest, .meta records and history stay.`;
    return { eligible: false, reasons: [{ code: 'collected', text }], nextChangeAt: null };
  }
  const eligible = mayBeDeleted(state, at);
  const reasons = [...trashReasons(state), ...keepReasons(state), ...expiryReasons(state, at), ...markReasons(state, eligible)];
  return { eligible, reasons, nextChangeAt: nextChange(state, at) };
}

function nextChange({ expiresAt, trash }: RetentionState, at: Instant): Instant | null {
  if (trash !== null && trash.purgeAfter > at) return trash.purgeAfter;
  return expiresAt !== null && expiresAt > at ? expiresAt : null;
}

function trashReasons({ trash }: RetentionState): readonly Reason[] {
  if (trash === null) return [];
  return [
    {
      code: 'in_trash',
      text: `In the trash since ${trash.since}: not served, and deleted by a collection after ${trash.purgeAfter} unless it is restored, extended or held.`,
    },
  ];
}

function keepReasons({ holds, curatedSince }: RetentionState): readonly Reason[] {
  const held = holds.map(
    ({ holdId, reason, actor, appliedAt }): Reason => ({
      code: 'held',
      text: `Held by ${actor} since ${appliedAt} (hold ${holdId}): ${reason}`,
    }),
  );
  if (curatedSince === null) return held;
  return [
    ...held,
    { code: 'curated', text: `One of the newest validated wheelhouses of its name since ${curatedSince}: kept whatever its class says.` },
  ];
}

function expiryReasons({ retentionClass, expiresAt, extension }: RetentionState, at: Instant): readonly Reason[] {
  if (expiresAt === null) return [{ code: 'kept_for_ever', text: `The class ${retentionClass} keeps it for ever.` }];
  const by = extension === null ? `The class ${retentionClass}` : `The extension by ${extension.actor} (${extension.reason})`;
  if (expiresAt <= at) return [{ code: 'expired', text: `${by} kept it until ${expiresAt}.` }];
  return [{ code: extension === null ? 'kept_by_class' : 'kept_by_extension', text: `${by} keeps it until ${expiresAt}.` }];
}

function markReasons({ eligibleSince }: RetentionState, eligible: boolean): readonly Reason[] {
  if (eligibleSince !== null) {
    // A sweep may have asked about a later time than this; a collection goes by its own clock.
    const then = eligible ? 'a collection may take it' : 'no collection takes it before its expiry';
    return [{ code: 'eligible_for_deletion', text: `Marked as eligible for deletion, as of ${eligibleSince}; ${then}.` }];
  }
  return eligible ? [{ code: 'eligible_for_deletion', text: 'Nothing keeps it: the next sweep marks it.' }] : [];
}
