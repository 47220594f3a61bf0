import type { PackageAnswer } from '@muniment/contracts';
import type { RetentionView } from '@muniment/application';

/** The retention object of design section 6. */
export function retentionAnswer(retention: RetentionView): PackageAnswer['retention'] {
  const { retention_class, current_expires_at, eligible_for_deletion } = retention;
  const text =
    current_expires_at === null
      ? `The class ${retention_class} keeps it for ever.`
      : `The class ${retention_class} keeps it until ${current_expires_at}.`;
  return {
    retention_class,
    current_expires_at,
    eligible_for_deletion,
    active_holds: [],
    reasons: [{ code: current_expires_at === null ? 'kept_for_ever' : 'kept_by_class', text }],
    next_change_at: current_expires_at,
  };
}
