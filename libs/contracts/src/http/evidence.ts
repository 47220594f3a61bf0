import { z } from 'zod';
import { integer } from '../events/values.js';
import { attestationAnswer } from './attestation.js';

const instantText = z.string();

/** One file that proves something. Fields that a kind does not have are absent. */
export const evidenceAnswer = z.object({
  name: z.string(),
  /** `attestation`: signed by the archive. `relayed`: signed by somebody else. `signature`: detached, of one file. */
  kind: z.enum(['attestation', 'relayed', 'signature']),
  url: z.string(),
  media_type: z.string(),
  size: integer,
  sha256: z.string(),
  blake3: z.string(),
  made_at: instantText,
  attestation_id: z.string().optional(),
  statement: z.string().optional(),
  part: integer.optional(),
  parts: integer.optional(),
  predicate_type: z.string().optional(),
  about_revision: integer.optional(),
  key_id: z.string().optional(),
  /** The file that a signature is of. */
  path: z.string().optional(),
  file_sha256: z.string().optional(),
  /** Of a relayed attestation: who signed, as far as the archive checked. */
  check: z.object({ signature_verified: z.boolean(), identity: z.string().nullable(), issuer: z.string().nullable() }).optional(),
});
export type EvidenceAnswer = z.output<typeof evidenceAnswer>;

export const evidenceListAnswer = z.object({
  attestations: z.array(evidenceAnswer),
  /** Of the whole package, whatever was asked for. Absent in answers of older servers, and in evidence packs, which hold such a list. */
  summary: attestationAnswer.optional(),
});
export type EvidenceListAnswer = z.output<typeof evidenceListAnswer>;

export const relayedAnswer = z.object({
  attestation_id: z.string(),
  name: z.string(),
  predicate_type: z.string(),
  subjects: z.array(z.string()),
  remarks: z.array(z.string()),
  check: z.object({ signature_verified: z.boolean(), identity: z.string().nullable(), issuer: z.string().nullable() }),
});
export type RelayedAnswer = z.output<typeof relayedAnswer>;

export const keyAnswer = z.object({
  key_id: z.string(),
  name: z.string(),
  purpose: z.enum(['attestation', 'log', 'release']),
  algorithm: z.enum(['ecdsa-p256-sha256', 'ed25519', 'openpgp']),
  not_before: instantText.nullable(),
  not_after: instantText.nullable(),
  announced_at: instantText,
  compromised_at: instantText.nullable(),
  /** Of P-256 and Ed25519 keys: SubjectPublicKeyInfo. */
  pem: z.string().optional(),
  /** Of log keys: as Go's sumdb/note takes it. */
  verifier_key: z.string().optional(),
  /** Of release keys: the armored certificate. */
  openpgp: z.string().optional(),
});
export const keyListAnswer = z.object({ keys: z.array(keyAnswer) });
export type KeyAnswer = z.output<typeof keyAnswer>;
export type KeyListAnswer = z.output<typeof keyListAnswer>;
