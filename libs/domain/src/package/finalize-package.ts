import { sha256Name } from '../digest.js';
import type { DecisionContext } from '../event.js';
import type { Instant } from '../instant.js';
import type { FileIngested, Manifest, ManifestFile, PackageFinalized } from './events.js';
import { counterpartPath, isMetaPath, type FilePath } from './path.js';
import type { FileState, PackageState } from './state.js';

export const manifestMediaType = 'application/vnd.muniment.manifest.v1+cbor';

export interface FinalizePackage {
  readonly retention: { readonly retentionClass: string; readonly expiresAt: Instant | null };
  /** `.meta` records made by the archive for wheelhouses that came without one (MET-19). */
  readonly madeMetas: readonly FileIngested[];
}

/** Wheelhouse tarballs that no `.meta` stands beside. */
export function filesWithoutMeta(files: readonly FileState[]): readonly FileState[] {
  const paths = new Set(files.map((f) => f.path));
  return files.filter((f) => f.members !== null && !isMetaPath(f.path) && !paths.has(counterpartPath(f.path as FilePath)));
}

/** The manifest, once: nothing happens unless finalization is due and the package is still open. */
export function finalizePackage(
  pkg: PackageState,
  files: readonly FileState[],
  command: FinalizePackage,
  { now }: DecisionContext,
): readonly (FileIngested | PackageFinalized)[] {
  if (pkg.phase !== 'created' || !pkg.finalizationDue) return [];
  const all: readonly FileIngested['payload'][] = [...files.map(asIngested), ...command.madeMetas.map((m) => m.payload)];
  const sorted = [...all].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const manifest: Manifest = {
    manifest_version: 1,
    media_type: manifestMediaType,
    package: pkg.description,
    files: sorted.map(manifestFile),
    storage_receipts: sorted.map((f) => ({ digest: sha256Name(f.sha256), backend: f.backend, verified_at: f.verified_at })),
    retention_summary: { retention_class: command.retention.retentionClass, expires_at: command.retention.expiresAt },
    provenance: { finalized_at: now, meta_records: sorted.map((f) => f.path).filter(isMetaPath) },
  };
  return [...command.madeMetas, { type: 'v1.package.finalized', payload: manifest }];
}

function manifestFile(file: FileIngested['payload']): ManifestFile {
  const annotations: Record<string, string> = {
    'org.opencontainers.image.title': file.path,
    'io.muniment.format': file.format,
    'io.muniment.origin': file.origin,
  };
  return {
    path: file.path,
    media_type: file.media_type,
    digest: sha256Name(file.sha256),
    blake3: file.blake3,
    size: file.size,
    annotations,
    members: file.members,
    wheel: file.wheel,
  };
}

function asIngested(file: FileState): FileIngested['payload'] {
  if (file.phase !== 'ingested' || file.backend === null || file.verifiedAt === null || file.blake3 === null) {
    throw new Error(`file ${file.fileId} is ${file.phase}, yet finalization was due`);
  }
  const { fileId, path, size, sha256, blake3, mediaType, origin, format, memberCount, members, wheel, declares, backend, verifiedAt } =
    file;
  return {
    file_id: fileId,
    path,
    size,
    sha256,
    blake3,
    media_type: mediaType,
    origin,
    format,
    member_count: memberCount,
    members,
    wheel,
    declares,
    backend,
    verified_at: verifiedAt,
  };
}
