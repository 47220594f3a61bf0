/** What the database remembers of the archive's object store. */
export interface StoreRecord {
  readonly storeId: string;
  /** The store has been seen to bear this id. Until then the id is only chosen, and nothing was ever written under it. */
  readonly settled: boolean;
}

/** What the bytes in a store say about whose it is. */
export interface StoreEvidence {
  /** How many contents were looked for: a few of those that the database refers to. 0: it refers to none. */
  readonly sought: number;
  readonly found: number;
  /** The store holds no bytes at all. */
  readonly empty: boolean;
}

/** Why a store is not taken for the archive's. */
export type StoreDoubt = 'unmarked' | 'other_store' | 'bytes_lacking' | 'strange_bytes';

/** Compares the marker in a store's root with the id on record. An unmarked store is ours only if {@link mayBeMarked} says so. */
export function recognizeStore(expected: string, found: string | null): 'ours' | 'unmarked' | 'other_store' {
  if (found === null) return 'unmarked';
  return found === expected ? 'ours' : 'other_store';
}

/**
 * Whether a store without marker may become the archive's: an empty one for an archive without bytes, or one that holds what the archive refers to.
 * Half is enough, because a store may have lost some; one content is not, because other archives may hold the same.
 */
export function mayBeMarked({ sought, found, empty }: StoreEvidence): 'mark' | 'bytes_lacking' | 'strange_bytes' {
  if (sought > 0) return found * 2 >= sought ? 'mark' : 'bytes_lacking';
  return empty ? 'mark' : 'strange_bytes';
}
