import type { RetentionView } from '@muniment/application';
import type { DomainEvent, FileIngested, FileReceived, FileState, PackageState } from '@muniment/domain';

/** Everything the views know of one package, as a value: what a projection keeps in tables, kept here as a fold of the package's events. */
export interface FoldedPackage {
  readonly state: PackageState;
  readonly retention: RetentionView | null;
  /** By path. */
  readonly files: ReadonlyMap<string, FileState>;
}

/**
 * The package after one more event. Pure, and the same semantics as the projection of the Postgres adapter, written a second time on purpose:
 * the contract suites compare the two. Throws for an event of a package that was never created.
 */
export function foldPackage(before: FoldedPackage | null, event: DomainEvent, payloadDigest: string): FoldedPackage {
  const after = before === null ? created(event) : changed(before, event, payloadDigest);
  return { ...after, state: { ...after.state, revision: (before?.state.revision ?? 0) + 1 } };
}

function created(event: DomainEvent): FoldedPackage {
  if (event.type !== 'v1.package.created') throw new Error(`${event.type} before the package was created`);
  const state: PackageState = {
    description: event.payload,
    revision: 0,
    phase: 'created',
    finalizeRequested: false,
    finalizationDue: false,
    manifestDigest: null,
  };
  return { state, retention: null, files: new Map() };
}

function changed(before: FoldedPackage, event: DomainEvent, payloadDigest: string): FoldedPackage {
  const withState = (change: Partial<PackageState>): FoldedPackage => ({ ...before, state: { ...before.state, ...change } });
  switch (event.type) {
    case 'v1.package.created':
      throw new Error(`package ${event.payload.package_id} was created twice`);
    case 'v1.retention.default_applied': {
      const { retention_class, expires_at } = event.payload;
      return { ...before, retention: { retention_class, current_expires_at: expires_at, eligible_for_deletion: false } };
    }
    case 'v1.file.received':
      return withFile(before, received(event.payload));
    case 'v1.file.ingested':
      return withFile(before, ingested(event.payload));
    case 'v1.file.refused': {
      const { path, code, detail } = event.payload;
      const file = before.files.get(path);
      return file === undefined ? before : withFile(before, { ...file, phase: 'refused', stagingKey: null, refusal: { code, detail } });
    }
    case 'v1.package.finalize_requested':
      return withState({ finalizeRequested: true });
    case 'v1.package.finalization_due':
      return withState({ finalizationDue: true });
    case 'v1.package.finalized':
      return withState({ phase: 'finalized', manifestDigest: `sha256:${payloadDigest}` });
    case 'v1.storage.corruption_detected':
      return before;
  }
}

function withFile(before: FoldedPackage, file: FileState): FoldedPackage {
  return { ...before, files: new Map(before.files).set(file.path, file) };
}

const unexamined = {
  format: 'opaque',
  memberCount: 0,
  members: null,
  wheel: null,
  refusal: null,
  backend: null,
  verifiedAt: null,
} as const;

function received(file: FileReceived['payload']): FileState {
  return {
    ...unexamined,
    fileId: file.file_id,
    path: file.path,
    phase: 'received',
    size: file.size,
    sha256: file.sha256,
    blake3: file.blake3,
    mediaType: file.media_type,
    stagingKey: file.staging_key,
    origin: 'upload',
    declares: file.declares,
  };
}

function ingested(file: FileIngested['payload']): FileState {
  return {
    fileId: file.file_id,
    path: file.path,
    phase: 'ingested',
    size: file.size,
    sha256: file.sha256,
    blake3: file.blake3,
    mediaType: file.media_type,
    stagingKey: null,
    origin: file.origin,
    declares: file.declares,
    format: file.format,
    memberCount: file.member_count,
    members: file.members,
    wheel: file.wheel,
    refusal: null,
    backend: file.backend,
    verifiedAt: file.verified_at,
  };
}
