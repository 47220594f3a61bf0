import type { RetentionAnswer } from '@muniment/contracts';
import { explainRetention, type Instant, type RetentionState } from '@muniment/domain';

/** The retention object of design section 6, with the explanation as of `at`. */
export function retentionAnswer(state: RetentionState, at: Instant): RetentionAnswer {
  const { retentionClass, expiresAt, eligibleSince, holds, curatedSince, trash, collectedAt } = state;
  const { reasons, nextChangeAt } = explainRetention(state, at);
  return {
    retention_class: retentionClass,
    current_expires_at: expiresAt,
    eligible_for_deletion: eligibleSince !== null,
    eligible_since: eligibleSince,
    active_holds: holds.map(({ holdId, reason, actor, appliedAt }) => ({ hold_id: holdId, reason, actor, applied_at: appliedAt })),
    curated_since: curatedSince,
    trash: trash && { since: trash.since, purge_after: trash.purgeAfter },
    collected_at: collectedAt,
    reasons: reasons.map((reason) => ({ ...reason })),
    next_change_at: nextChangeAt,
  };
}
