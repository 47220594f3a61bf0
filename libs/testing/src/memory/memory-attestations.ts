import type { Attestations, EvidenceRecord, SignedQuery } from '@muniment/application';
import {
  signatureKey,
  signedKey,
  type AttestationStanding,
  type AttestationState,
  type Instant,
  type SignedPackage,
  type SignedPart,
} from '@muniment/domain';
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
