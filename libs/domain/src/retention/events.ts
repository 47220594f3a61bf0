import type { Fact } from '../event.js';
import type { Instant } from '../instant.js';

/** The class was validated and the first expiry computed from it; `null` means never (RET-02, RET-04). */
export type RetentionDefaultApplied = Fact<
  'v1.retention.default_applied',
  Readonly<{ retention_class: string; expires_at: Instant | null }>
>;

export type RetentionEvent = RetentionDefaultApplied;
