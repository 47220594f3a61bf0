import type { Blake3, Sha256 } from '../digest.js';
import type { LocationDeleted } from '../collection/events.js';
import type { Fact, PlainValue } from '../event.js';
import type { ArchiveMember, WheelFacts } from '../inspection/inspection.js';
import type { Instant } from '../instant.js';
import type { RefusalCode } from '../errors.js';

/** The CI run a package came from. Absent facts are `null`, so that the payload has one shape. */
export type RunReference = Readonly<{
  id: string;
  attempt: number | null;
  commit: string | null;
  ref: string | null;
  url: string | null;
}>;

export type PackageDescription = Readonly<{
  package_id: string;
  repository: string;
  name: string;
  kind: string | null;
  version: string | null;
  producer: string;
  subject: string | null;
  run: RunReference | null;
  metadata: Readonly<Record<string, string>>;
  created_at: Instant;
}>;
export type PackageCreated = Fact<'v1.package.created', PackageDescription>;

/** What a `.meta` record declares about the file it stands beside. Absent facts are `null`. */
export type MetaDeclaration = Readonly<{
  name: string | null;
  sha256: Sha256 | null;
  blake3: Blake3 | null;
  size: number | null;
  wheels: readonly string[] | null;
}>;

export type Witness = 'stream' | 'readback' | 'declared';

/** First witness: what the gateway received and the store acknowledged. The file is not yet part of the package. */
export type FileReceived = Fact<
  'v1.file.received',
  Readonly<{
    file_id: string;
    path: string;
    size: number;
    sha256: Sha256;
    /** `null` when the bytes went straight to the store and only their declared SHA-256 is known yet. */
    blake3: Blake3 | null;
    media_type: string;
    /** How the first witness knows: digested while streaming, read back after a resume, or only declared (direct to the store). */
    witness: Witness;
    /** Staging key of the bytes; `null` when the archive already holds this content (deduplicated). */
    staging_key: string | null;
    declares: MetaDeclaration | null;
    received_at: Instant;
  }>
>;

/** Second witness agreed: the stored bytes are what was received, and inspection found nothing wrong. */
export type FileIngested = Fact<
  'v1.file.ingested',
  Readonly<{
    file_id: string;
    path: string;
    size: number;
    sha256: Sha256;
    blake3: Blake3;
    media_type: string;
    /** `upload`: a client sent it. `archive`: made here (a missing `.meta`). */
    origin: 'upload' | 'archive';
    format: string;
    member_count: number;
    members: readonly ArchiveMember[] | null;
    wheel: WheelFacts | null;
    declares: MetaDeclaration | null;
    /** Object store that holds the blob, and when its bytes were last read back and found right. */
    backend: string;
    verified_at: Instant;
  }>
>;

/** The file will not become part of the package; its bytes are given up. */
export type FileRefused = Fact<
  'v1.file.refused',
  Readonly<{
    file_id: string;
    path: string;
    code: RefusalCode;
    detail: string;
    refused_at: Instant;
  }>
>;

/** The object store returned other bytes than it acknowledged. */
export type CorruptionDetected = Fact<
  'v1.storage.corruption_detected',
  Readonly<{
    path: string;
    expected_sha256: Sha256;
    actual_sha256: Sha256;
    expected_size: number;
    actual_size: number;
    backend: string;
  }>
>;

/** The object store answers and no longer has bytes that it acknowledged. The file is refused in the same append. */
export type StoredBytesMissing = Fact<
  'v1.storage.bytes_missing',
  Readonly<{
    file_id: string;
    path: string;
    expected_sha256: Sha256;
    expected_size: number;
    backend: string;
  }>
>;

export type FinalizeRequested = Fact<'v1.package.finalize_requested', Readonly<{ requested_at: Instant }>>;

/** Finalization was requested and every file is verified: the manifest can be made. */
export type FinalizationDue = Fact<'v1.package.finalization_due', Readonly<{ due_at: Instant }>>;

/** The payload is the manifest (docs/formats/manifest.md); its digest is the manifest digest. */
export type PackageFinalized = Fact<'v1.package.finalized', Manifest>;

export type ValidationResult = 'passed' | 'failed';

/** Somebody tried the package out; `report` is theirs. Only validated packages enter the curated set (RET-29). */
export type PackageValidated = Fact<
  'v1.package.validated',
  Readonly<{ validation_id: string; result: ValidationResult; report: PlainValue; validated_at: Instant }>
>;

export type ManifestFile = Readonly<{
  path: string;
  media_type: string;
  digest: string;
  blake3: Blake3;
  size: number;
  annotations: Readonly<Record<string, string>>;
  members: readonly ArchiveMember[] | null;
  wheel: WheelFacts | null;
}>;

/** Canonical list of what a finalized package is. Shape kept reachable from an OCI image manifest (ADR 0006). */
export type Manifest = Readonly<{
  manifest_version: 1;
  media_type: string;
  package: PackageDescription;
  files: readonly ManifestFile[];
  storage_receipts: readonly Readonly<{ digest: string; backend: string; verified_at: Instant }>[];
  retention_summary: Readonly<{ retention_class: string; expires_at: Instant | null }>;
  provenance: Readonly<{ finalized_at: Instant; meta_records: readonly string[] }>;
}>;

export type PackageEvent =
  | PackageCreated
  | FileReceived
  | FileIngested
  | FileRefused
  | CorruptionDetected
  | StoredBytesMissing
  | FinalizeRequested
  | FinalizationDue
  | PackageFinalized
  | PackageValidated
  | LocationDeleted;

/** Any payload, seen as plain values. */
export type PlainPayload = Readonly<Record<string, PlainValue>>;
