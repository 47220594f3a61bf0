import { z } from 'zod';
import { declareEvent } from './event.js';
import {
  archiveMembers,
  blake3,
  instant,
  integer,
  metaDeclaration,
  plainValue,
  refusalCode,
  sha256,
  stringMap,
  wheelFacts,
} from './values.js';

const packageDescription = z.strictObject({
  package_id: z.uuid(),
  repository: z.string(),
  name: z.string(),
  kind: z.string().nullable(),
  version: z.string().nullable(),
  producer: z.string(),
  subject: z.string().nullable(),
  run: z
    .strictObject({
      id: z.string(),
      attempt: integer.nullable(),
      commit: z.string().nullable(),
      ref: z.string().nullable(),
      url: z.string().nullable(),
    })
    .nullable(),
  metadata: stringMap,
  created_at: instant,
});

export const packageCreated = declareEvent({
  type: 'v1.package.created',
  description: 'A package was opened',
  payload: packageDescription,
});

export const fileReceived = declareEvent({
  type: 'v1.file.received',
  description: 'First witness: the gateway received these bytes and the store acknowledged them',
  payload: z.strictObject({
    file_id: z.uuid(),
    path: z.string(),
    size: integer,
    sha256,
    blake3: blake3.nullable(),
    media_type: z.string(),
    witness: z.enum(['stream', 'readback', 'declared']),
    staging_key: z.string().nullable(),
    declares: metaDeclaration,
    received_at: instant,
  }),
});

export const fileIngested = declareEvent({
  type: 'v1.file.ingested',
  description: 'Second witness: the stored bytes are what was received; the file is part of the package',
  payload: z.strictObject({
    file_id: z.uuid(),
    path: z.string(),
    size: integer,
    sha256,
    blake3,
    media_type: z.string(),
    origin: z.enum(['upload', 'archive']),
    format: z.string(),
    member_count: integer,
    members: archiveMembers,
    wheel: wheelFacts,
    declares: metaDeclaration,
    backend: z.string(),
    verified_at: instant,
  }),
});

export const fileRefused = declareEvent({
  type: 'v1.file.refused',
  description: 'The file does not become part of the package; its bytes are given up',
  payload: z.strictObject({ file_id: z.uuid(), path: z.string(), code: refusalCode, detail: z.string(), refused_at: instant }),
});

export const corruptionDetected = declareEvent({
  type: 'v1.storage.corruption_detected',
  description: 'The object store returned other bytes than it acknowledged',
  payload: z.strictObject({
    path: z.string(),
    expected_sha256: sha256,
    actual_sha256: sha256,
    expected_size: integer,
    actual_size: integer,
    backend: z.string(),
  }),
});

export const bytesMissing = declareEvent({
  type: 'v1.storage.bytes_missing',
  description: 'The object store answers and no longer has bytes that it acknowledged',
  payload: z.strictObject({ file_id: z.uuid(), path: z.string(), expected_sha256: sha256, expected_size: integer, backend: z.string() }),
});

export const finalizeRequested = declareEvent({
  type: 'v1.package.finalize_requested',
  description: 'The owner said that the package is complete',
  payload: z.strictObject({ requested_at: instant }),
});

export const finalizationDue = declareEvent({
  type: 'v1.package.finalization_due',
  description: 'Finalization was requested and every file is verified',
  payload: z.strictObject({ due_at: instant }),
});

export const packageFinalized = declareEvent({
  type: 'v1.package.finalized',
  description: 'The package is what its manifest says, for ever; the payload is that manifest',
  payload: z.strictObject({
    manifest_version: z.literal(1),
    media_type: z.string(),
    package: packageDescription,
    files: z.array(
      z.strictObject({
        path: z.string(),
        media_type: z.string(),
        digest: z.string(),
        blake3,
        size: integer,
        annotations: stringMap,
        members: archiveMembers,
        wheel: wheelFacts,
      }),
    ),
    storage_receipts: z.array(z.strictObject({ digest: z.string(), backend: z.string(), verified_at: instant })),
    retention_summary: z.strictObject({ retention_class: z.string(), expires_at: instant.nullable() }),
    provenance: z.strictObject({ finalized_at: instant, meta_records: z.array(z.string()) }),
  }),
});

export const packageValidated = declareEvent({
  type: 'v1.package.validated',
  description: 'Somebody tried the package out; the report is theirs',
  payload: z.strictObject({ validation_id: z.uuid(), result: z.enum(['passed', 'failed']), report: plainValue, validated_at: instant }),
});
