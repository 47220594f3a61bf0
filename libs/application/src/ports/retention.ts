import type {
  ArchiveTotals,
  Attribution,
  Blake3,
  CollectibleView,
  Instant,
  PlannedPackage,
  RetentionState,
  Sha256,
} from '@muniment/domain';

/** A package the rules would let go. */
export interface DuePackage {
  readonly packageId: string;
  readonly repository: string;
  readonly name: string;
  readonly retention: RetentionState;
}

export interface DueQuery {
  /** The instant the rules are asked about; may lie in the future. */
  readonly at: Instant;
  /** Asks as if this hold had ended. */
  readonly withoutHold?: string;
  /** Leaves out what is marked already. */
  readonly unmarkedOnly?: boolean;
  /** Repository patterns the reader is confined to. */
  readonly repositories: readonly string[];
  readonly limit: number;
  /** Keyset position: packages that expire after (expires_at, package id). */
  readonly after?: { readonly expiresAt: Instant; readonly packageId: string };
}

export interface Sweep {
  readonly asOf: Instant;
  /** How many packages are marked at once, at most. */
  readonly chunkSize: number;
}

/** Set-based retention over all packages; its rules are those of `mayBeDeleted`, shown equal by a property test. */
export interface RetentionSweeps {
  /**
   * Marks the packages that are due and not yet marked, chunk after chunk; each chunk is one statement, events and views alike, durable when its ids are
   * yielded. Safe beside any other append and any other sweep: each transition is recorded once.
   */
  mark(sweep: Sweep, attribution: Attribution): AsyncIterable<readonly string[]>;
  /** Packages the rules would let go at an instant, marked or not, earliest expiry first. */
  due(query: DueQuery): Promise<readonly DuePackage[]>;
}

/** The newest validated wheelhouses per repository and name. */
export interface CuratedSets {
  /** How many validated wheelhouses of the package's repository and name are newer than it, counted up to `limit`. */
  newerValidated(packageId: string, limit: number): Promise<number>;
  /** Packages that are curated and should not be, or the other way round; of the name of `ofPackage` alone when it is given. */
  differences(
    keep: number,
    ofPackage: string | null,
    limit: number,
  ): Promise<readonly { readonly packageId: string; readonly belongs: boolean }[]>;
}

export interface PlanQuery {
  readonly asOf: Instant;
  readonly graceSeconds: number;
  readonly limit: number;
}

export interface CollectionView {
  readonly id: string;
  readonly revision: number;
  readonly planDigest: string;
  readonly asOf: Instant;
  readonly startedAt: Instant;
  readonly startedBy: string;
  readonly reason: string | null;
  readonly plannedTrash: number;
  readonly plannedPurge: number;
  readonly completedAt: Instant | null;
  /** Payload of the completed event, while there is one. */
  readonly result: Readonly<Record<string, number>> | null;
}

/** A collected file whose place in the store is still to be given up. */
export interface ReleasedFile {
  readonly packageId: string;
  /** Of the package, when the row was read. */
  readonly revision: number;
  /** The collection that wrote the tombstone. */
  readonly collectionId: string;
  readonly path: string;
  readonly sha256: Sha256;
  readonly blake3: Blake3 | null;
  readonly size: number;
  /** False for a file that was collected before the second witness had seen it: it may never have had a blob. */
  readonly verified: boolean;
}

/** Where a page of released files begins: after this file. */
export interface ReleasedPosition {
  readonly packageId: string;
  readonly path: string;
}

/** What stands around a content that nothing refers to any more. */
export interface ReleasedContent {
  readonly sha256: Sha256;
  /** Some file with this content was verified after the instant asked about: a commit that relies on it may still be on its way. */
  readonly young: boolean;
  /** Files in phase `released` with this content, in any package. */
  readonly released: number;
}

/** What a collection did so far, counted from the views: right also after a kill. */
export interface CollectionTally {
  readonly trashed: number;
  readonly purged: number;
  readonly locationsDeleted: number;
  readonly bytesReclaimed: number;
}

/** What collections read. Everything is found through indexes over what is due, so the cost follows what is deleted, not what is kept. */
export interface Collections {
  /** Packages marked at least `graceSeconds` before `asOf` (and not restored since), and packages whose time in the trash is over; each by package id. */
  candidates(query: PlanQuery): Promise<{ readonly trash: readonly PlannedPackage[]; readonly purge: readonly PlannedPackage[] }>;
  /**
   * What the decision about each of these packages needs, by package id. The revision is not younger than the files, so a decision on both is
   * appended only if they belong together.
   */
  collectibles(packageIds: readonly string[]): Promise<ReadonlyMap<string, CollectibleView>>;
  one(id: string): Promise<CollectionView | null>;
  /** Newest first. */
  list(limit: number): Promise<readonly CollectionView[]>;
  /** Released files of every collection, by package id and path, beginning after a position. */
  releasedFiles(after: ReleasedPosition | null, limit: number): Promise<readonly ReleasedFile[]>;
  /** One entry for each of the contents. */
  releasedContents(sha256s: readonly Sha256[], verifiedAfter: Instant): Promise<readonly ReleasedContent[]>;
  tally(collectionId: string): Promise<CollectionTally>;
}

/** A content that packages refer to, for comparison with the store's listing. */
export interface ReferencedContent {
  readonly sha256: Sha256;
  readonly size: number;
  /** Repositories whose packages refer to it. */
  readonly repositories: readonly string[];
}

/** Every content that must be in the store. */
export interface ReferencedContents {
  /** In ascending order of the digest, from after `after` on. */
  page(after: string, limit: number): Promise<readonly ReferencedContent[]>;
  /** Those of them that must still be there. */
  still(sha256s: readonly Sha256[]): Promise<ReadonlySet<string>>;
}

/** Bytes of one repository, or of the whole archive where `repository` is null. */
export interface LedgerEntry {
  readonly repository: string | null;
  readonly packages: number;
  /** Sum over files, however often the same content is kept. */
  readonly logicalBytes: number;
  /** Sum over different contents. */
  readonly uniqueBytes: number;
  /** Logical bytes of packages in the trash. */
  readonly trashBytes: number;
  readonly measuredAt: Instant;
}

/** Counting everything takes time in proportion to the archive, so it is done now and then and remembered. */
export interface StorageLedger {
  measure(now: Instant): Promise<void>;
  /** The archive's entry first, then the repositories by name. Empty when nobody has measured yet. */
  entries(): Promise<readonly LedgerEntry[]>;
  totals(): Promise<(ArchiveTotals & { readonly measuredAt: Instant }) | null>;
}
