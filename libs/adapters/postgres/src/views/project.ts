import type { CollectionEvent, DomainEvent, KeyEvent, FileIngested, FileReceived, Told } from '@muniment/domain';
import type { RowChange } from './row-change.js';
import { attestationChanges, dueAfterFinalization, dueAfterValidation, keyChanges } from './project-attestation.js';
import { collectionChanges, locationDeleted, retentionChanges } from './project-retention.js';
import { blobReferences, blobs, files, packages, retentionState, revisionsAt } from './tables.js';

/** An event as projections see it. `repository` is that of its package: references carry it for authorization. */
export interface ProjectedEvent extends Told {
  /** The package, or whatever else the event is about. */
  readonly subjectId: string;
  readonly repository: string;
  readonly revision: number;
  readonly payloadDigest: string;
  readonly event: DomainEvent;
}

/**
 * The views as a pure function of the log: used by the appending transaction and by replay alike, so the two cannot differ. Nothing here may
 * depend on other packages, on a clock or on a database default.
 */
export function project(projected: ProjectedEvent): readonly RowChange[] {
  const { subjectId, revision, event } = projected;
  if (event.type === 'v1.collection.started' || event.type === 'v1.collection.completed')
    return collectionChanges(event, revision, projected);
  if (event.type === 'v1.key.announced' || event.type === 'v1.key.compromised') return keyChanges(subjectId, revision, event);
  const own = changesOf(projected, event);
  // Every event moves its package's revision, whatever else it does.
  return [...own, { table: retentionState, kind: 'update', row: { package_id: subjectId, ...revisionsAt(event.type, revision) } }];
}

function changesOf(projected: ProjectedEvent, event: Exclude<DomainEvent, CollectionEvent | KeyEvent>): readonly RowChange[] {
  const { subjectId: packageId, repository, payloadDigest } = projected;
  switch (event.type) {
    case 'v1.package.created': {
      const { run, name, producer, subject, metadata, created_at } = event.payload;
      const row = {
        id: packageId,
        phase: 'created',
        repository: event.payload.repository,
        name,
        producer,
        subject,
        run_id: run?.id ?? null,
        retention_class: null,
        description: event.payload,
        metadata,
        finalize_requested: false,
        finalization_due: false,
        manifest_digest: null,
        created_at,
        finalized_at: null,
        wheelhouse: false,
        validation: null,
        validated_at: null,
      };
      return [{ table: packages, kind: 'insert', row }];
    }
    case 'v1.file.received':
      return [{ table: files, kind: 'put', row: receivedRow(packageId, event.payload) }];
    case 'v1.file.ingested':
      return ingested(packageId, repository, event.payload);
    case 'v1.file.refused': {
      const { path, code, detail } = event.payload;
      const row = { package_id: packageId, path, phase: 'refused', staging_key: null, refusal_code: code, refusal_detail: detail };
      return [{ table: files, kind: 'update', row }];
    }
    case 'v1.package.finalize_requested':
      return [{ table: packages, kind: 'update', row: { id: packageId, finalize_requested: true } }];
    case 'v1.package.finalization_due':
      return [{ table: packages, kind: 'update', row: { id: packageId, finalization_due: true } }];
    case 'v1.package.finalized': {
      const { finalized_at } = event.payload.provenance;
      return [
        {
          table: packages,
          kind: 'update',
          row: { id: packageId, phase: 'finalized', manifest_digest: `sha256:${payloadDigest}`, finalized_at },
        },
        ...dueAfterFinalization(packageId, projected.revision, event.payload),
      ];
    }
    case 'v1.package.validated': {
      const { result, validated_at } = event.payload;
      return [
        { table: packages, kind: 'update', row: { id: packageId, validation: result, validated_at } },
        ...dueAfterValidation(packageId, projected.revision),
      ];
    }
    case 'v1.storage.corruption_detected':
    case 'v1.storage.bytes_missing':
      return [];
    case 'v1.storage.location_deleted':
      return locationDeleted(packageId, event.payload);
    case 'v1.attestation.signed':
    case 'v1.attestation.relayed':
    case 'v1.attestation.failed':
    case 'v1.attestation.requested':
    case 'v1.signature.made':
      return attestationChanges(packageId, event);
    default:
      return retentionChanges(packageId, event, projected);
  }
}

function receivedRow(packageId: string, file: FileReceived['payload']): RowChange['row'] {
  return {
    package_id: packageId,
    path: file.path,
    file_id: file.file_id,
    phase: 'received',
    size: file.size,
    sha256: file.sha256,
    blake3: file.blake3,
    media_type: file.media_type,
    staging_key: file.staging_key,
    origin: 'upload',
    declares: file.declares,
    format: 'opaque',
    member_count: 0,
    members: null,
    wheel: null,
    refusal_code: null,
    refusal_detail: null,
    backend: null,
    verified_at: null,
    physically_removed: null,
  };
}

function ingested(packageId: string, repository: string, file: FileIngested['payload']): readonly RowChange[] {
  const { path, sha256, blake3, size } = file;
  const row = {
    package_id: packageId,
    path,
    file_id: file.file_id,
    phase: 'ingested',
    size,
    sha256,
    blake3,
    media_type: file.media_type,
    staging_key: null,
    origin: file.origin,
    declares: file.declares,
    format: file.format,
    member_count: file.member_count,
    members: file.members,
    wheel: file.wheel,
    refusal_code: null,
    refusal_detail: null,
    backend: file.backend,
    verified_at: file.verified_at,
    physically_removed: null,
  };
  const holdsWheels = file.members?.some(({ wheel }) => wheel !== null) === true;
  return [
    ...(holdsWheels ? [{ table: packages, kind: 'update', row: { id: packageId, wheelhouse: true } } as const] : []),
    { table: files, kind: 'put', row },
    {
      table: blobs,
      kind: 'earliest',
      row: { sha256, blake3, size, first_verified_at: file.verified_at, retrieval_tier: 'hot', restore_status: null },
    },
    { table: blobReferences, kind: 'put', row: { package_id: packageId, path, sha256, repository } },
  ];
}
