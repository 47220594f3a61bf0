import type { Instant } from '@muniment/domain';

/** The only source of "now". Tests fix it. */
export interface Clock {
  now(): Instant;
}

/** The only source of new identifiers (UUID version 7 in production: they sort by time). */
export interface Ids {
  next(): string;
}
