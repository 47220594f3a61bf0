import {
  createPackage,
  defaultRetentionClasses,
  instantOf,
  parseBlake3,
  parseSha256,
  type FileIngested,
  type FileReceived,
  type FileRefused,
  type Instant,
  type PackageCreated,
  type PackageDescription,
  type RetentionDefaultApplied,
} from '@muniment/domain';

/** When everything built here happens, unless told otherwise. */
export const someInstant: Instant = instantOf(new Date('2026-03-01T12:00:00.000Z'));
/** Digests that look like digests and are of nothing. */
export const someSha256 = parseSha256('5a'.repeat(32));
export const someBlake3 = parseBlake3('b3'.repeat(32));

/** What a small CI package says about itself. */
export function describedPackage(packageId: string, change: Partial<PackageDescription> = {}): Omit<PackageDescription, 'created_at'> {
  return {
    package_id: packageId,
    repository: 'acme/widgets',
    name: 'wheelhouse',
    kind: null,
    version: null,
    producer: 'ci',
    subject: null,
    run: null,
    metadata: {},
    ...change,
  };
}

/** The two facts every package begins with. */
export function openedPackage(
  packageId: string,
  change: Partial<PackageDescription> = {},
): readonly [PackageCreated, RetentionDefaultApplied] {
  const command = { description: describedPackage(packageId, change), retentionClass: 'raw-evidence' };
  return createPackage(command, defaultRetentionClasses, { now: someInstant });
}

/** A file at its first witness. */
export function receivedFile(fileId: string, change: Partial<FileReceived['payload']> = {}): FileReceived {
  return {
    type: 'v1.file.received',
    payload: {
      file_id: fileId,
      path: 'report.json',
      size: 12,
      sha256: someSha256,
      blake3: someBlake3,
      media_type: 'application/json',
      witness: 'stream',
      staging_key: `staging/${fileId}`,
      declares: null,
      received_at: someInstant,
      ...change,
    },
  };
}

/** The same file at its second witness. */
export function ingestedFile(fileId: string, change: Partial<FileIngested['payload']> = {}): FileIngested {
  return {
    type: 'v1.file.ingested',
    payload: {
      file_id: fileId,
      path: 'report.json',
      size: 12,
      sha256: someSha256,
      blake3: someBlake3,
      media_type: 'application/json',
      origin: 'upload',
      format: 'opaque',
      member_count: 0,
      members: null,
      wheel: null,
      declares: null,
      backend: 'memory',
      verified_at: someInstant,
      ...change,
    },
  };
}

/** The same file, found wanting. */
export function refusedFile(fileId: string, change: Partial<FileRefused['payload']> = {}): FileRefused {
  return {
    type: 'v1.file.refused',
    payload: {
      file_id: fileId,
      path: 'report.json',
      code: 'archive_corrupt',
      detail: 'The archive ends early.',
      refused_at: someInstant,
      ...change,
    },
  };
}
