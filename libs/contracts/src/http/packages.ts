import { z } from 'zod';
import { integer, stringMap } from '../events/values.js';
import { attestationAnswer } from './attestation.js';
import { retentionAnswer } from './retention.js';

const shortText = z.string().min(1).max(256);
const repository = z
  .string()
  .max(200)
  // "." and ".." as a name would vanish from every URL that holds it
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/(?!\.{1,2}$)[A-Za-z0-9._-]+$/, 'must be OWNER/NAME');

export const createPackageBody = z.strictObject({
  repository,
  name: shortText,
  kind: shortText.optional(),
  version: shortText.optional(),
  producer: shortText,
  subject: z.string().min(1).max(1024).optional(),
  /** What it was built for; kept as metadata `target`, with `platform` and `arch` where its name tells them. */
  target: shortText.optional(),
  retention_class: shortText,
  run: z
    .strictObject({
      id: z.string().min(1).max(128),
      attempt: z.int().positive().max(1_000_000).optional(),
      commit: z.string().max(128).optional(),
      ref: z.string().max(512).optional(),
      url: z.url().max(2048).optional(),
    })
    .optional(),
  metadata: stringMap.refine((m) => Object.keys(m).length <= 64, 'at most 64 entries').optional(),
});
export type CreatePackageBody = z.output<typeof createPackageBody>;

/** Nothing to say: none, or an empty object. */
export const finalizeBody = z.strictObject({});
export type FinalizeBody = z.output<typeof finalizeBody>;

const instantText = z.string();

export const wheelAnswer = z.object({
  name: z.string(),
  version: z.string(),
  build: z.string().nullable(),
  tags: z.array(z.string()),
  requires_python: z.string().nullable(),
  requires_dist: z.array(z.string()),
  metadata_sha256: z.string(),
});

export const fileAnswer = z.object({
  path: z.string(),
  /** `collected`: its bytes are gone or going; the digests stay. */
  state: z.enum(['received', 'ingested', 'refused', 'collected']),
  size: integer,
  /** Bare hexadecimal, like every field named after its algorithm. */
  sha256: z.string(),
  /** Null until the hasher has read a file that went straight to the store. */
  blake3: z.string().nullable(),
  media_type: z.string(),
  origin: z.enum(['upload', 'archive']),
  member_count: integer.optional(),
  members: z
    .array(z.object({ path: z.string(), size: integer, sha256: z.string(), blake3: z.string(), wheel: wheelAnswer.nullable() }))
    .optional(),
  wheel: wheelAnswer.optional(),
  refusal: z.object({ code: z.string(), detail: z.string() }).optional(),
});
export type FileAnswer = z.output<typeof fileAnswer>;

export const packageAnswer = z.object({
  id: z.string(),
  state: z.enum(['created', 'finalized', 'garbage_collected']),
  revision: integer,
  repository: z.string(),
  name: z.string(),
  kind: z.string().nullable(),
  version: z.string().nullable(),
  producer: z.string(),
  subject: z.string().nullable(),
  run: z
    .object({
      id: z.string(),
      attempt: integer.nullable(),
      commit: z.string().nullable(),
      ref: z.string().nullable(),
      url: z.string().nullable(),
    })
    .nullable(),
  metadata: stringMap,
  /** What it was built for; null when nobody said. Absent in answers of older servers. */
  target: z.object({ name: z.string(), platform: z.string().nullable(), arch: z.string().nullable() }).nullable().optional(),
  created_at: instantText,
  finalize_requested: z.boolean(),
  manifest_digest: z.string().optional(),
  /** The latest recorded validation; null while nobody tried the package out. */
  validation: z.object({ result: z.enum(['passed', 'failed']), validated_at: instantText }).nullable(),
  retention: retentionAnswer,
  /** What the archive states about the package. Only where one package is shown. */
  attestation: attestationAnswer.optional(),
  files: z.array(fileAnswer),
});
export type PackageAnswer = z.output<typeof packageAnswer>;

export const packageListAnswer = z.object({
  packages: z.array(packageAnswer.omit({ files: true, attestation: true })),
  next: z.string().nullable(),
});
export type PackageListAnswer = z.output<typeof packageListAnswer>;

export const receivedAnswer = z.object({
  path: z.string(),
  size: integer,
  sha256: z.string(),
  blake3: z.string().nullable(),
  state: z.enum(['received', 'ingested']),
  deduplicated: z.boolean(),
});
export type ReceivedAnswer = z.output<typeof receivedAnswer>;

export const directUploadBody = z.strictObject({
  path: z.string().min(1).max(4096),
  /** Stores have no part of nothing: an empty file goes by PUT. */
  size: integer.positive(),
  sha256: z.string(),
  media_type: z.string().max(256).optional(),
});
export const directUploadAnswer = z.object({
  upload_id: z.string(),
  state: z.string(),
  deduplicated: z.boolean(),
  part_size: integer,
  urls: z.array(z.string()),
  expires_at: instantText,
});
export const completeDirectUploadBody = z.strictObject({
  parts: z.array(z.strictObject({ part: z.int().positive().max(10_000), etag: z.string().max(256) })).max(10_000),
});
export type DirectUploadBody = z.output<typeof directUploadBody>;
export type DirectUploadAnswer = z.output<typeof directUploadAnswer>;
export type CompleteDirectUploadBody = z.output<typeof completeDirectUploadBody>;
