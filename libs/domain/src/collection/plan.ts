import type { Instant } from '../instant.js';

/** A package as a plan names it: at this revision and no other. */
export type PlannedPackage = Readonly<{
  package_id: string;
  revision: number;
  repository: string;
  name: string;
  files: number;
  /** Logical bytes: what its files hold, whoever else holds the same content. */
  bytes: number;
}>;

/**
 * What a collection would do: first step `trash` for packages that may be deleted, second step `purge` for those whose time in the trash is over.
 * A plan is a function of the archive's state and these settings, so computing it again shows whether the world moved (docs/formats/collection-plan.md).
 */
export type CollectionPlan = Readonly<{
  plan_version: 1;
  as_of: Instant;
  /** Seconds between the mark and the trash, and between the trash and the end. */
  grace_seconds: number;
  trash_seconds: number;
  /** At most this many packages in each step. */
  limit: number;
  trash: readonly PlannedPackage[];
  purge: readonly PlannedPackage[];
}>;

export interface PlanTotals {
  readonly packages: number;
  readonly bytes: number;
}

/** Both steps together: what the brake looks at. */
export function planTotals({ trash, purge }: CollectionPlan): PlanTotals {
  const all = [...trash, ...purge];
  return { packages: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0) };
}
