/** What the operator allows collections to do. */
export interface CollectionSettings {
  /** `off`: plans only. `manual`: somebody starts each collection. `automatic`: the retention service starts them too. */
  readonly mode: 'off' | 'manual' | 'automatic';
  /** Seconds between the mark and the trash. */
  readonly graceSeconds: number;
  /** Seconds between the trash and the end. */
  readonly trashSeconds: number;
  /** Brake: what one collection may take of all packages or bytes, in percent. */
  readonly maxSharePercent: number;
}

/** Packages in each step of a plan, unless the caller wants fewer or more. */
export const defaultPlanLimit = 5_000;

/** Whom the records name for what nobody asked for. */
export const retentionService = 'service:retention';
