import type { Blake3, Sha256 } from '../digest.js';
import type { Fact } from '../event.js';
import type { Instant } from '../instant.js';

/** What the archive states about a package. It never states that it built anything. */
export type StatementKind = 'archive-receipt' | 'release' | 'test-result' | 'verification-summary';
export const statementKinds: readonly StatementKind[] = ['archive-receipt', 'release', 'test-result', 'verification-summary'];

/** Bytes that prove something, stored like any blob and kept for ever. `name` is theirs within the package. */
export type EvidenceItem = Readonly<{ name: string; media_type: string; sha256: Sha256; blake3: Blake3; size: number }>;

/**
 * The archive signed a statement about one of the package's own events (`about_revision`). Its subjects may need several parts; all parts are recorded in
 * one append. `evidence`: the same signature as Sigstore bundle and as bare envelope; by a certified key as bundle alone. `key_id`: of the key that signed,
 * announced or in the certificate of the bundle.
 */
export type AttestationSigned = Fact<
  'v1.attestation.signed',
  Readonly<{
    attestation_id: string;
    statement: StatementKind;
    part: number;
    parts: number;
    predicate_type: string;
    about_revision: number;
    key_id: string;
    signed_at: Instant;
    evidence: readonly EvidenceItem[];
  }>
>;

/** What was checked of an attestation that somebody else signed. */
export type RelayedCheck = Readonly<{
  /** Whether the signature was checked against the archive's trusted root. `false`: none is configured, so nobody has. */
  signature_verified: boolean;
  /** Who signed, as the certificate says; `null` when the signature was not checked or is by a bare key. */
  identity: string | null;
  issuer: string | null;
}>;

/** An attestation by somebody else, such as CI's own provenance, was taken in byte for byte. */
export type AttestationRelayed = Fact<
  'v1.attestation.relayed',
  Readonly<{
    attestation_id: string;
    predicate_type: string;
    /** SHA-256 of every file or member of the package that it is about. */
    subjects: readonly Sha256[];
    /** Remarks about names: a wheel whose tags stand in another order, a file that the statement calls otherwise. */
    remarks: readonly string[];
    check: RelayedCheck;
    relayed_at: Instant;
    evidence: readonly EvidenceItem[];
  }>
>;

export type AttestationFailureCode = 'no_signer' | 'signing_failed' | 'timestamp_failed';

/** Something that should be signed could not be. Tried again; recorded once for each kind of failure in a row. */
export type AttestationFailed = Fact<
  'v1.attestation.failed',
  Readonly<{ statement: StatementKind; about_revision: number; code: AttestationFailureCode; failed_at: Instant }>
>;

/** A detached OpenPGP signature of one file of the package. */
export type SignatureMade = Fact<
  'v1.signature.made',
  Readonly<{ path: string; file_sha256: Sha256; key_fingerprint: string; signed_at: Instant; evidence: EvidenceItem }>
>;

/** A statement of the package, by the event that calls for it. */
export type CalledFor = Readonly<{ statement: StatementKind; about_revision: number }>;

/**
 * Statements and detached signatures that only this key vouches for are to be signed once more, by a key that still counts. They are due again; what
 * the old key signed stays.
 */
export type AttestationRequested = Fact<
  'v1.attestation.requested',
  Readonly<{ key_id: string; statements: readonly CalledFor[]; paths: readonly string[]; requested_at: Instant }>
>;

export type AttestationEvent = AttestationSigned | AttestationRelayed | AttestationFailed | AttestationRequested | SignatureMade;
