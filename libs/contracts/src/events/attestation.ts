import { z } from 'zod';
import { declareEvent } from './event.js';
import { blake3, instant, integer, sha256 } from './values.js';

const evidence = z.strictObject({ name: z.string(), media_type: z.string(), sha256, blake3, size: integer });
const statement = z.enum(['archive-receipt', 'release', 'test-result', 'verification-summary']);

export const attestationSigned = declareEvent({
  type: 'v1.attestation.signed',
  description: 'The archive signed a statement about the package',
  payload: z.strictObject({
    attestation_id: z.uuid(),
    statement,
    part: integer,
    parts: integer,
    predicate_type: z.string(),
    about_revision: integer,
    key_id: z.string(),
    signed_at: instant,
    evidence: z.array(evidence),
  }),
});

export const attestationRelayed = declareEvent({
  type: 'v1.attestation.relayed',
  description: 'An attestation by somebody else was taken in, byte for byte',
  payload: z.strictObject({
    attestation_id: z.uuid(),
    predicate_type: z.string(),
    subjects: z.array(sha256),
    remarks: z.array(z.string()),
    check: z.strictObject({ signature_verified: z.boolean(), identity: z.string().nullable(), issuer: z.string().nullable() }),
    relayed_at: instant,
    evidence: z.array(evidence),
  }),
});

export const attestationFailed = declareEvent({
  type: 'v1.attestation.failed',
  description: 'A statement that is due could not be signed; it is tried again',
  payload: z.strictObject({
    statement,
    about_revision: integer,
    code: z.enum(['no_signer', 'signing_failed', 'timestamp_failed']),
    failed_at: instant,
  }),
});

export const attestationRequested = declareEvent({
  type: 'v1.attestation.requested',
  description: 'What only this key vouches for is to be signed again by another',
  payload: z.strictObject({
    key_id: z.string(),
    statements: z.array(z.strictObject({ statement, about_revision: integer })),
    paths: z.array(z.string()),
    requested_at: instant,
  }),
});

export const signatureMade = declareEvent({
  type: 'v1.signature.made',
  description: 'A detached OpenPGP signature of a file was made',
  payload: z.strictObject({ path: z.string(), file_sha256: sha256, key_fingerprint: z.string(), signed_at: instant, evidence }),
});
