import type { DecisionContext } from '../event.js';
import { defaultExpiry, retentionClassNamed, type RetentionClass } from '../retention/classes.js';
import type { RetentionDefaultApplied } from '../retention/events.js';
import type { PackageCreated, PackageDescription } from './events.js';
import { withTargetFacts } from './target.js';

export interface CreatePackage {
  readonly description: Omit<PackageDescription, 'created_at'>;
  readonly retentionClass: string;
}

/** A new package and its first expiry. Refuses an unknown class (`unknown_retention_class`). */
export function createPackage(
  command: CreatePackage,
  classes: readonly RetentionClass[],
  { now }: DecisionContext,
): readonly [PackageCreated, RetentionDefaultApplied] {
  const retentionClass = retentionClassNamed(command.retentionClass, classes);
  const metadata = withTargetFacts(command.description.metadata);
  return [
    { type: 'v1.package.created', payload: { ...command.description, metadata, created_at: now } },
    {
      type: 'v1.retention.default_applied',
      payload: { retention_class: retentionClass.name, expires_at: defaultExpiry(retentionClass, now) },
    },
  ];
}
