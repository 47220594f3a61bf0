import type { Blake3, Sha256 } from '../digest.js';
import type { Instant } from '../instant.js';
import type { ArchiveMember, WheelFacts } from '../inspection/inspection.js';
import type { RefusalCode } from '../errors.js';
import type { MetaDeclaration, PackageDescription, ValidationResult } from './events.js';

export type PackagePhase = 'created' | 'finalized' | 'garbage_collected';
/** After `ingested`, collection only: `released` lost its reference and may still have bytes, `removed` is settled with the store. */
export type FilePhase = 'received' | 'ingested' | 'refused' | 'released' | 'removed';

/** A package as its events up to `revision` left it. */
export interface PackageState {
  readonly description: PackageDescription;
  readonly revision: number;
  readonly phase: PackagePhase;
  readonly finalizeRequested: boolean;
  readonly finalizationDue: boolean;
  readonly manifestDigest: string | null;
  /** Holds a file that is an archive of wheels. */
  readonly wheelhouse: boolean;
  /** The latest recorded try-out. */
  readonly validation: { readonly result: ValidationResult; readonly at: Instant } | null;
}

/** A package that was just created. */
export function openedPackageState(description: PackageDescription, revision: number): PackageState {
  return {
    description,
    revision,
    phase: 'created',
    finalizeRequested: false,
    finalizationDue: false,
    manifestDigest: null,
    wheelhouse: false,
    validation: null,
  };
}

/** A file of a package as its events left it. */
export interface FileState {
  readonly fileId: string;
  readonly path: string;
  readonly phase: FilePhase;
  readonly size: number;
  readonly sha256: Sha256;
  readonly blake3: Blake3 | null;
  readonly mediaType: string;
  readonly stagingKey: string | null;
  readonly origin: 'upload' | 'archive';
  readonly declares: MetaDeclaration | null;
  readonly format: string;
  readonly memberCount: number;
  readonly members: readonly ArchiveMember[] | null;
  readonly wheel: WheelFacts | null;
  readonly refusal: { readonly code: RefusalCode; readonly detail: string } | null;
  readonly backend: string | null;
  readonly verifiedAt: Instant | null;
}

/** How many files of a package are in each phase before collection. */
export type FileCounts = Readonly<Record<Exclude<FilePhase, 'released' | 'removed'>, number>>;

/** What a decision about one file needs to see: the package, the file at that path, and the other half of its `.meta` pair. */
export interface FileView {
  readonly package: PackageState;
  readonly file: FileState | null;
  readonly counterpart: FileState | null;
  /** Path of a file, not refused, that is in the way of this one: {@link wayOf} says which. */
  readonly inTheWay: string | null;
  /** Needed, and told, once finalization is requested; may be null before, because counting takes as long as the package has files. */
  readonly counts: FileCounts | null;
}
