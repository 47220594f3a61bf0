import { Refusal } from '../errors.js';
import { type Instant, plusSeconds } from '../instant.js';

/** A named duration. `null` means for ever: such a package never becomes eligible for deletion. */
export interface RetentionClass {
  readonly name: string;
  readonly durationSeconds: number | null;
}

const day = 86_400;

/** The classes of design section 8, used until an operator configures others. */
export const defaultRetentionClasses: readonly RetentionClass[] = [
  { name: 'transient', durationSeconds: 7 * day },
  { name: 'raw-evidence', durationSeconds: 30 * day },
  { name: 'summary-evidence', durationSeconds: 365 * day },
  { name: 'release-evidence', durationSeconds: 2555 * day },
  { name: 'permanent-record', durationSeconds: null },
];

/** The class of that name. Refuses an unknown one (`unknown_retention_class`) and lists those that exist. */
export function retentionClassNamed(name: string, classes: readonly RetentionClass[]): RetentionClass {
  const found = classes.find((c) => c.name === name);
  if (found) return found;
  const known = classes.map((c) => c.name);
  throw new Refusal('unknown_retention_class', `Unknown retention class "${name}". Use one of: ${known.join(', ')}.`, { known });
}

/** When a package of this class, created at `createdAt`, expires; `null` for never. Counted from creation (trap T15). */
export function defaultExpiry(retentionClass: RetentionClass, createdAt: Instant): Instant | null {
  return retentionClass.durationSeconds === null ? null : plusSeconds(createdAt, retentionClass.durationSeconds);
}
