import type { Instant, Sha256, StoreRecord } from '@muniment/domain';

/** What lies in the root of an object store and says which one it is. */
export interface StoreMarker {
  readonly storeId: string;
  readonly createdAt: Instant;
}

/** An object store that can say which one it is. */
export interface MarkedStore {
  /** Where it is, for people: a folder, or bucket and endpoint. Never a secret. */
  readonly location: string;
  /** Null when there is none. Writes nothing, not even folders. Rejects when something else lies in its place, or the store cannot be read. */
  marker(): Promise<StoreMarker | null>;
  /** Makes an unmarked store bear the marker, durably, and resolves with what the store bears then: when another came first, that one. */
  mark(marker: StoreMarker): Promise<StoreMarker>;
}

/** Bytes that must be in the archive's store: a blob, or staged ones that may have become the blob meanwhile. */
export interface ExpectedBytes {
  readonly sha256: Sha256;
  readonly stagingKey: string | null;
}

/** What the database knows of the archive's one store. */
export interface StoreRecords {
  /** The record. Where there is none yet, one with the proposed id is made; whoever asks at the same time gets the same. */
  claim(proposedId: string): Promise<StoreRecord>;
  /** The archive's store is the one that bears this id, from now on. */
  settle(storeId: string): Promise<void>;
  /** Some bytes that the store must hold: up to `limit` of packages, as many of evidence and as many received ones. Empty when it must hold none. */
  sample(limit: number): Promise<readonly ExpectedBytes[]>;
}
