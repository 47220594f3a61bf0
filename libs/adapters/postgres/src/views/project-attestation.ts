import { statementsDue, type AttestationEvent, type EvidenceItem, type KeyEvent, type PackageFinalized } from '@muniment/domain';
import type { RowChange } from './row-change.js';
import { attestationDue, evidence, signatureDue, signingKeys } from './tables-of-attestation.js';

/** What the package's own events call for: a row per statement that the signer owes. */
export function dueAfterFinalization(
  packageId: string,
  revision: number,
  { package: pkg }: PackageFinalized['payload'],
): readonly RowChange[] {
  return statementsDue('finalized', pkg.version).map((statement) => due(packageId, statement, revision));
}

export function dueAfterValidation(packageId: string, revision: number): readonly RowChange[] {
  return statementsDue('validated', null).map((statement) => due(packageId, statement, revision));
}

function due(packageId: string, statement: string, aboutRevision: number): RowChange {
  const row = { package_id: packageId, statement, about_revision: aboutRevision, failure_code: null, failed_at: null };
  return { table: attestationDue, kind: 'put', row };
}

/** What attesting does to the views of the package. */
export function attestationChanges(packageId: string, event: AttestationEvent): readonly RowChange[] {
  switch (event.type) {
    case 'v1.attestation.signed': {
      const { attestation_id, statement, part, parts, predicate_type, about_revision, key_id, signed_at } = event.payload;
      const about = { attestation_id, statement, part, parts, predicate_type, about_revision, key_id, made_at: signed_at };
      const paid = { package_id: packageId, statement, about_revision };
      return [
        ...event.payload.evidence.map((item) => kept(packageId, item, { kind: 'attestation', ...about })),
        { table: attestationDue, kind: 'delete', row: paid },
      ];
    }
    case 'v1.attestation.relayed': {
      const { attestation_id, predicate_type, subjects, check, relayed_at } = event.payload;
      const about = { attestation_id, predicate_type, subjects, relayed_check: check, made_at: relayed_at };
      return event.payload.evidence.map((item) => kept(packageId, item, { kind: 'relayed', ...about }));
    }
    case 'v1.attestation.failed': {
      const { statement, about_revision, code, failed_at } = event.payload;
      const row = { package_id: packageId, statement, about_revision, failure_code: code, failed_at };
      return [{ table: attestationDue, kind: 'update', row }];
    }
    case 'v1.signature.made': {
      const { path, file_sha256, key_fingerprint, signed_at } = event.payload;
      const about = { path, file_sha256, key_id: key_fingerprint, made_at: signed_at };
      return [
        kept(packageId, event.payload.evidence, { kind: 'signature', ...about }),
        { table: signatureDue, kind: 'delete', row: { package_id: packageId, path } },
      ];
    }
    case 'v1.attestation.requested': {
      const { statements, paths, requested_at } = event.payload;
      return [
        ...statements.map(({ statement, about_revision }) => due(packageId, statement, about_revision)),
        ...paths.map((path) => ({ table: signatureDue, kind: 'put', row: { package_id: packageId, path, requested_at } }) as const),
      ];
    }
  }
}

const nothing = {
  attestation_id: null,
  statement: null,
  part: null,
  parts: null,
  predicate_type: null,
  about_revision: null,
  key_id: null,
  path: null,
  file_sha256: null,
  subjects: null,
  relayed_check: null,
};

function kept(packageId: string, { name, media_type, sha256, blake3, size }: EvidenceItem, about: RowChange['row']): RowChange {
  return { table: evidence, kind: 'put', row: { package_id: packageId, name, media_type, sha256, blake3, size, ...nothing, ...about } };
}

/** The view of keys; their events belong to no package. */
export function keyChanges(id: string, revision: number, event: KeyEvent): readonly RowChange[] {
  if (event.type === 'v1.key.compromised') {
    const { compromised_at } = event.payload;
    return [{ table: signingKeys, kind: 'update', row: { id, revision, compromised_at } }];
  }
  const { key_id, name, purpose, algorithm, public_key, not_before, not_after, announced_at } = event.payload;
  const row = { id, revision, key_id, name, purpose, algorithm, public_key, not_before, not_after, announced_at };
  return revision === 1
    ? [{ table: signingKeys, kind: 'insert', row: { ...row, compromised_at: null } }]
    : [{ table: signingKeys, kind: 'update', row }];
}
