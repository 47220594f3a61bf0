import type { CollectionPlan, PlannedPackage } from '../collection/plan.js';
import { made } from './retention.js';

/** So many packages of so many bytes each. */
export function planned(count: number, bytes: number): readonly PlannedPackage[] {
  return Array.from({ length: count }, (_, index) => ({
    package_id: `package-${index}`,
    revision: 3,
    repository: 'acme/widgets',
    name: 'wheelhouse',
    files: 1,
    bytes,
  }));
}

export function aPlan(change: Partial<CollectionPlan> = {}): CollectionPlan {
  return { plan_version: 1, as_of: made, grace_seconds: 86_400, trash_seconds: 604_800, limit: 1_000, trash: [], purge: [], ...change };
}
