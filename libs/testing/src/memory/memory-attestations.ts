import type { Attestations, EvidenceRecord } from '@muniment/application';
import { signatureKey, type AttestationState, type DueStatement } from '@muniment/domain';
import type { FoldedEvidence } from './fold-package.js';
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
    const evidence = new Set(folded.evidence.keys());
    return { packageId, repository: description.repository, revision, due: folded.due, signatures: new Set(signatures), evidence };
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

  async backlog(): Promise<{ readonly due: number; readonly failed: number }> {
    await Promise.resolve();
    const due = [...this.log.packages.values()].flatMap((folded) => folded.due);
    return { due: due.length, failed: due.filter(({ failure }) => failure !== null).length };
  }
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
