import { defaultRetentionClasses, type RetentionClass } from './classes.js';
import { defaultCuratedKeep } from './curate.js';

/** What an operator decides about keeping: the classes there are, and how many validated wheelhouses of a repository and name stay. */
export interface RetentionPolicy {
  readonly classes: readonly RetentionClass[];
  /** 0: no curated set. */
  readonly curatedKeep: number;
}

/** What is shipped, and holds for everything that a policy file does not mention. */
export const defaultRetentionPolicy: RetentionPolicy = { classes: defaultRetentionClasses, curatedKeep: defaultCuratedKeep };

/** A class lasts at most a thousand years: expiries stay instants with four digits of year, which sort as text. */
export const maxDurationSeconds = 1_000 * 365 * 86_400;
