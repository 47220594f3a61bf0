import type { Attestations, EvidenceRecord, SignedQuery } from '@muniment/application';
import { signatureKey, signedKey, type AttestationState, type DueStatement, type SignedPackage } from '@muniment/domain';
import type { FoldedEvidence, FoldedPackage } from './fold-package.js';
import type { MemoryLog } from './memory-log.js';

export class MemoryAttestations implements Attestations {
  constructor(private readonly log: MemoryLog) {}

  async state(packageId: string): Promise<AttestationState | null> {
    await Promise.resolve();
    const folded = this.log.packages.get(packageId);
    if (!folded) return null;
    const { description, revision } = folded.state;
    const signatures = [...folded.evidence.values()].flatMap(({ event }) =>
      event.type === 'v1.signature.made' ? [signatureKey(event.payload.path, event.payload.key_fingerprint)] : [],
    );
    const signed = [...folded.evidence.values()].flatMap(({ event }) =>
      event.type === 'v1.attestation.signed'
        ? [signedKey(event.payload.statement, event.payload.about_revision, event.payload.key_id)]
        : [],
    );
    const { due, filesDue } = folded;
    const known = { signed: new Set(signed), signatures: new Set(signatures), evidence: new Set(folded.evidence.keys()) };
    return { packageId, repository: description.repository, revision, due, filesDue, ...known };
  }

  async due(packageId: string): Promise<readonly DueStatement[]> {
    return (await this.state(packageId))?.due ?? [];
  }

  async evidence(packageId: string): Promise<readonly EvidenceRecord[]> {
    await Promise.resolve();
    const all = [...(this.log.packages.get(packageId)?.evidence.values() ?? [])].map(record);
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async one(packageId: string, name: string): Promise<EvidenceRecord | null> {
    return (await this.evidence(packageId)).find((found) => found.name === name) ?? null;
  }

  async signedBy(keyId: string, { repository, after, limit }: SignedQuery): Promise<readonly SignedPackage[]> {
    await Promise.resolve();
    const found = [...this.log.packages].map(([packageId, folded]) => signedPackage(packageId, folded));
    const isWanted = (pkg: SignedPackage): boolean =>
      (repository === null || pkg.repository === repository) &&
      (after === null || pkg.packageId > after) &&
      [...pkg.attestations, ...pkg.signatures].some((one) => one.keyId === keyId);
    return found
      .filter(isWanted)
      .sort((a, b) => (a.packageId < b.packageId ? -1 : 1))
      .slice(0, limit);
  }

  async backlog(): Promise<{ readonly due: number; readonly failed: number }> {
    await Promise.resolve();
    const packages = [...this.log.packages.values()];
    const due = packages.flatMap((folded) => folded.due);
    const files = packages.reduce((all, { filesDue }) => all + filesDue.size, 0);
    return { due: due.length + files, failed: due.filter(({ failure }) => failure !== null).length };
  }
}

function signedPackage(packageId: string, { state, due, filesDue, evidence, files }: FoldedPackage): SignedPackage {
  const events = [...new Set([...evidence.values()].map(({ event }) => event))];
  const isKept = (path: string): boolean => files.get(path)?.phase === 'ingested';
  return {
    packageId,
    ...{ repository: state.description.repository, name: state.description.name, revision: state.revision, due, filesDue: [...filesDue] },
    attestations: events.flatMap(({ type, payload }) => {
      if (type !== 'v1.attestation.signed') return [];
      const { attestation_id: attestationId, statement, about_revision: aboutRevision, key_id: keyId } = payload;
      return [{ attestationId, statement, aboutRevision, keyId }];
    }),
    signatures: events.flatMap(({ type, payload }) =>
      type === 'v1.signature.made' && isKept(payload.path) ? [{ path: payload.path, keyId: payload.key_fingerprint }] : [],
    ),
  };
}

function record({ item, event }: FoldedEvidence): EvidenceRecord {
  const { name, media_type: mediaType, sha256, blake3, size } = item;
  const nothing = {
    attestationId: null,
    statement: null,
    part: null,
    parts: null,
    predicateType: null,
    aboutRevision: null,
    keyId: null,
    path: null,
    fileSha256: null,
    subjects: null,
    relayedCheck: null,
  };
  return { name, mediaType, sha256, blake3, size, ...nothing, ...about(event) };
}

function about(event: FoldedEvidence['event']): Pick<EvidenceRecord, 'kind' | 'madeAt'> & Partial<EvidenceRecord> {
  switch (event.type) {
    case 'v1.attestation.signed': {
      const { attestation_id, statement, part, parts, predicate_type, about_revision, key_id, signed_at } = event.payload;
      const names = { attestationId: attestation_id, predicateType: predicate_type, aboutRevision: about_revision, keyId: key_id };
      return { kind: 'attestation', madeAt: signed_at, statement, part, parts, ...names };
    }
    case 'v1.attestation.relayed': {
      const { attestation_id, predicate_type, subjects, check, relayed_at } = event.payload;
      return {
        kind: 'relayed',
        madeAt: relayed_at,
        attestationId: attestation_id,
        predicateType: predicate_type,
        subjects,
        relayedCheck: check,
      };
    }
    case 'v1.signature.made': {
      const { path, file_sha256, key_fingerprint, signed_at } = event.payload;
      return { kind: 'signature', madeAt: signed_at, path, fileSha256: file_sha256, keyId: key_fingerprint };
    }
  }
}
