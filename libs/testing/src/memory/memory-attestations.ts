import type { Attestations, EvidenceRecord } from '@muniment/application';
import { signatureKey, type AttestationStanding, type AttestationState, type Instant, type SignedPart } from '@muniment/domain';
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

  async standing(packageId: string): Promise<AttestationStanding | null> {
    await Promise.resolve();
    const folded = this.log.packages.get(packageId);
    if (!folded) return null;
    const { description, manifestDigest } = folded.state;
    const signed = [...folded.evidence.values()].flatMap(({ event }) => this.signedPart(event) ?? []);
    const { repository, version } = description;
    return { packageId, repository, version, finalized: manifestDigest !== null, due: byEvent(folded.due), signed: byEvent(signed) };
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

  private signedPart(event: FoldedEvidence['event']): SignedPart | null {
    if (event.type !== 'v1.attestation.signed') return null;
    const { statement, about_revision: aboutRevision, part, parts, signed_at: signedAt, key_id } = event.payload;
    return { statement, aboutRevision, part, parts, signedAt, keyCompromisedAt: this.compromisedAt(key_id) };
  }

  private compromisedAt(keyId: string): Instant | null {
    return [...this.log.keys.values()].find(({ announced }) => announced.key_id === keyId)?.compromisedAt ?? null;
  }
}

/** By event, then statement, then part. */
function byEvent<T extends Pick<SignedPart, 'statement' | 'aboutRevision'> & { readonly part?: number }>(all: readonly T[]): readonly T[] {
  const order = (a: T, b: T): number =>
    a.aboutRevision - b.aboutRevision || (a.statement < b.statement ? -1 : a.statement > b.statement ? 1 : (a.part ?? 0) - (b.part ?? 0));
  return [...all].sort(order);
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
