import type { ViewTable } from './row-change.js';
import { attestationDue, evidence, signatureDue, signingKeys } from './tables-of-attestation.js';

/** The views, as projections write them (prisma/schema.prisma describes them whole). */
export const packages: ViewTable = {
  name: 'packages',
  key: ['id'],
  columns: {
    id: 'uuid',
    phase: 'text',
    repository: 'text',
    name: 'text',
    producer: 'text',
    subject: 'text',
    run_id: 'text',
    retention_class: 'text',
    description: 'jsonb',
    metadata: 'jsonb',
    finalize_requested: 'boolean',
    finalization_due: 'boolean',
    manifest_digest: 'text',
    created_at: 'timestamptz',
    finalized_at: 'timestamptz',
    wheelhouse: 'boolean',
    validation: 'text',
    validated_at: 'timestamptz',
  },
};

export const files: ViewTable = {
  name: 'files',
  key: ['package_id', 'path'],
  columns: {
    package_id: 'uuid',
    path: 'text',
    file_id: 'uuid',
    phase: 'text',
    size: 'bigint',
    sha256: 'text',
    blake3: 'text',
    media_type: 'text',
    staging_key: 'text',
    origin: 'text',
    declares: 'jsonb',
    format: 'text',
    member_count: 'int',
    members: 'jsonb',
    wheel: 'jsonb',
    refusal_code: 'text',
    refusal_detail: 'text',
    backend: 'text',
    verified_at: 'timestamptz',
    physically_removed: 'boolean',
  },
};

export const blobs: ViewTable = {
  name: 'blobs',
  key: ['sha256'],
  columns: {
    sha256: 'text',
    blake3: 'text',
    size: 'bigint',
    first_verified_at: 'timestamptz',
    retrieval_tier: 'text',
    restore_status: 'text',
  },
};

export const blobReferences: ViewTable = {
  name: 'blob_references',
  key: ['package_id', 'path'],
  columns: { package_id: 'uuid', path: 'text', sha256: 'text', repository: 'text' },
};

export const retentionState: ViewTable = {
  name: 'retention_state',
  key: ['package_id'],
  columns: {
    package_id: 'uuid',
    revision: 'int',
    revision_without_received: 'int',
    revision_without_ingested: 'int',
    retention_class: 'text',
    current_expires_at: 'timestamptz',
    eligible_for_deletion: 'boolean',
    eligible_since: 'timestamptz',
    held: 'boolean',
    curated_since: 'timestamptz',
    extended_at: 'timestamptz',
    extended_by: 'text',
    extension_reason: 'text',
    trashed_at: 'timestamptz',
    purge_after: 'timestamptz',
    restored_at: 'timestamptz',
    collected_at: 'timestamptz',
    collection_id: 'uuid',
  },
};

/** Those of the narrow row that say where its package's stream stands. */
export const revisionColumns = ['revision', 'revision_without_received', 'revision_without_ingested'] as const;

/** The columns to write when an event of this type was appended at `revision`. */
export function revisionsAt(type: string, revision: number): Readonly<Partial<Record<(typeof revisionColumns)[number], number>>> {
  return {
    revision,
    ...(type === 'v1.file.received' ? {} : { revision_without_received: revision }),
    ...(type === 'v1.file.ingested' ? {} : { revision_without_ingested: revision }),
  };
}

export const retentionHolds: ViewTable = {
  name: 'retention_holds',
  key: ['hold_id'],
  columns: {
    hold_id: 'uuid',
    package_id: 'uuid',
    reason: 'text',
    actor: 'text',
    applied_at: 'timestamptz',
    released_at: 'timestamptz',
    released_by: 'text',
    release_reason: 'text',
  },
};

export const collections: ViewTable = {
  name: 'collections',
  key: ['id'],
  columns: {
    id: 'uuid',
    revision: 'int',
    plan_digest: 'text',
    as_of: 'timestamptz',
    started_at: 'timestamptz',
    started_by: 'text',
    reason: 'text',
    planned_trash: 'int',
    planned_purge: 'int',
    completed_at: 'timestamptz',
    result: 'jsonb',
  },
};

/** Every view, in the order a rebuild compares them. */
export const views: readonly ViewTable[] = [
  packages,
  files,
  blobs,
  blobReferences,
  retentionState,
  retentionHolds,
  collections,
  attestationDue,
  signatureDue,
  evidence,
  signingKeys,
];
