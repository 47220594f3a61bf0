import { parseSha256, Refusal, type Principal, type Sha256 } from '@muniment/domain';
import { parseEvent } from '@muniment/contracts';
import { decodeCbor, splitSubjects, subjectsOf } from '@muniment/formats';
import type { Attestations, EvidenceRecord, SigningKeys } from '../ports/attestation.js';
import type { BlobReader } from '../ports/blob-store.js';
import type { PackageViews } from '../ports/views.js';
import type { ServableBytes } from '../reading/open-file.js';
import type { ReadPackage } from '../reading/read-package.js';
import type { AttestationGate, AttestationSummary } from './attestation-gate.js';

export interface ListedAttestations {
  /** Of the whole package, whatever was asked for. */
  readonly summary: AttestationSummary;
  readonly evidence: readonly EvidenceRecord[];
}

/** What is signed about packages, for whoever may read them. */
export class ReadAttestations {
  constructor(
    private readonly packages: ReadPackage,
    private readonly attestations: Attestations,
    private readonly gate: AttestationGate,
    private readonly keys: SigningKeys,
    private readonly views: PackageViews,
    private readonly store: BlobReader,
  ) {}

  /** By name; with a digest only what is about that file or member. */
  async list(packageId: string, caller: Principal, digest: string | null): Promise<ListedAttestations> {
    await this.packages.visible(packageId, caller);
    // Evidence is never taken away: read in this order, everything that the summary calls signed is in the list.
    const summary = await this.gate.summary(packageId);
    const all = await this.attestations.evidence(packageId);
    return { summary, evidence: digest === null ? all : await this.about(packageId, all, parseSha256(digest)) };
  }

  async open(packageId: string, name: string, caller: Principal): Promise<ServableBytes> {
    await this.packages.visible(packageId, caller);
    const record = await this.attestations.one(packageId, name);
    if (record === null) throw new Refusal('attestation_not_found', `The package has no attestation ${name}.`);
    return this.servable(record);
  }

  /** The newest signature of a file by a key that is not known to be compromised; null when there is none. */
  async signature(packageId: string, path: string, caller: Principal): Promise<ServableBytes | null> {
    await this.packages.visible(packageId, caller);
    const signatures = (await this.attestations.evidence(packageId)).filter((one) => one.kind === 'signature' && one.path === path);
    if (signatures.length === 0) return null;
    const compromised = new Set(
      (await this.keys.list()).filter((key) => key.compromisedAt !== null).map(({ announced }) => announced.key_id),
    );
    const good = signatures.filter(({ keyId }) => keyId !== null && !compromised.has(keyId));
    const newest = good.reduce<EvidenceRecord | null>((best, one) => (best !== null && best.madeAt >= one.madeAt ? best : one), null);
    return newest && this.servable(newest);
  }

  private async about(packageId: string, all: readonly EvidenceRecord[], sha256: Sha256): Promise<readonly EvidenceRecord[]> {
    const parts = all.some(({ kind }) => kind === 'attestation') ? await this.partsAbout(packageId, sha256) : new Set<number>();
    return all.filter((one) => {
      if (one.kind === 'signature') return one.fileSha256 === sha256;
      return one.kind === 'relayed' ? one.subjects?.includes(sha256) === true : one.part !== null && parts.has(one.part);
    });
  }

  /** Which parts of our own statements have the subject: the manifest says, as it said when they were written. */
  private async partsAbout(packageId: string, sha256: Sha256): Promise<ReadonlySet<number>> {
    const manifest = await this.views.manifest(packageId);
    const event = manifest === null ? null : parseEvent('v1.package.finalized', decodeCbor(manifest));
    if (event?.type !== 'v1.package.finalized') return new Set();
    const parts = splitSubjects(subjectsOf(event.payload));
    return new Set(parts.flatMap((subjects, index) => (subjects.some(({ digest }) => digest.sha256 === sha256) ? [index + 1] : [])));
  }

  private servable({ sha256, blake3, size, mediaType }: EvidenceRecord): ServableBytes {
    return {
      sha256,
      blake3,
      size,
      mediaType,
      open: async (range) => {
        const opened = await this.store.openBlob(sha256, range);
        if (!opened) throw new Error(`evidence ${sha256} is recorded but the store does not have it`);
        return opened.stream;
      },
    };
  }
}
