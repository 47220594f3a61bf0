import type { Ids } from '@muniment/application';

/** UUIDs in order: the n-th id is always the same, and sorts by n. */
export class CountedIds implements Ids {
  private count = 0;

  next(): string {
    return countedId(++this.count);
  }
}

/** The `n`-th id of {@link CountedIds}; well-formed as UUID version 7. */
export function countedId(n: number): string {
  return `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}
