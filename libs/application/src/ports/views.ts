import type { FileCounts, FilePhase, FileState, FileView, Instant, PackageState, RetentionState } from '@muniment/domain';
import type { SequencedEvent } from './event-log.js';

/** What decisions load. Always as of the returned `revision`; consistent because appends update the views they read. */
export interface PackageStates {
  package(packageId: string): Promise<{ readonly package: PackageState; readonly counts: FileCounts } | null>;
  fileAt(packageId: string, path: string): Promise<FileView | null>;
  fileById(packageId: string, fileId: string): Promise<FileView | null>;
  retention(packageId: string): Promise<RetainedPackage | null>;
  /** Every file of the package, ordered by path. */
  files(packageId: string): Promise<readonly FileState[]>;
}

/** What retention decisions load; of one snapshot. */
export interface RetainedPackage {
  readonly package: PackageState;
  readonly retention: RetentionState;
}

export interface PackageView {
  readonly state: PackageState;
  readonly retention: RetentionState;
}

export interface PackageFilter {
  readonly repository?: string;
  readonly name?: string;
  readonly producer?: string;
  readonly subject?: string;
  readonly run?: string;
  readonly retentionClass?: string;
  readonly phase?: string;
  readonly validation?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Repository patterns the reader is confined to. */
  readonly repositories: readonly string[];
  readonly limit: number;
  /** Keyset position: packages created before this (created_at, id); newest first. */
  readonly before?: { readonly createdAt: Instant; readonly id: string };
}

/** What readers see. */
export interface PackageViews {
  one(packageId: string): Promise<PackageView | null>;
  list(filter: PackageFilter): Promise<readonly PackageView[]>;
  /** The finalized event's payload, which is the manifest (canonical CBOR), or null. */
  manifest(packageId: string): Promise<Uint8Array | null>;
  /** A blob and the repositories whose packages refer to it, for authorization; null when it was never here. */
  blob(sha256: string): Promise<BlobView | null>;
  /** True when a package of that repository already refers to the blob (deduplication never crosses repositories). */
  repositoryHolds(repository: string, sha256: string, size: number): Promise<{ readonly blake3: string } | null>;
}

export interface BlobView {
  readonly sha256: string;
  readonly blake3: string;
  readonly size: number;
  readonly holders: readonly BlobHolder[];
}

/** A repository that has packages which refer to a blob. */
export interface BlobHolder {
  readonly repository: string;
  /** Null: one of them serves it. Else all are in the trash, and this is until when the last of them can be brought back. */
  readonly trashedUntil: Instant | null;
}

/** Work the log still owes: packages with a received file nobody examined yet, or due finalization. */
export interface DueWork {
  /** Sequenced events of such packages that start jobs, oldest first, only those older than `olderThan`. */
  events(reactingTypes: readonly string[], olderThan: Instant, after: bigint, limit: number): Promise<readonly SequencedEvent[]>;
  /** Which of these staging keys a received file or an open upload session still needs. */
  neededStagingKeys(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Which of these blobs (bare SHA-256) a package refers to. */
  referencedBlobs(sha256s: readonly string[]): Promise<ReadonlySet<string>>;
}

export type { FilePhase };
