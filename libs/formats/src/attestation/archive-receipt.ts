import type { Manifest } from '@muniment/domain';
import type { Predicate } from './predicates.js';

export const archiveReceiptPredicateType = 'https://muniment.io/attestation/archive-receipt/v0.1';

/** A `.meta` record as the uploader wrote it, by its entries; `null` where it is too long to be repeated. */
export interface AssertedMeta {
  readonly path: string;
  readonly sha256: string;
  readonly entries: Readonly<Record<string, string>> | null;
}

/** What the archive knows of how the package came to be in it. */
export interface Receipt {
  readonly archive: { readonly id: string; readonly version: string };
  readonly manifest: Manifest;
  /** Bare SHA-256 hex of the canonical manifest. */
  readonly manifestDigest: string;
  readonly receivedAt: string;
  /** Actor of the event that opened the package. */
  readonly uploader: string;
  readonly metas: readonly AssertedMeta[];
  /** The finalized event in the log: leaf `index` of the tree that `origin` names. */
  readonly log: { readonly origin: string; readonly index: number };
  readonly part: { readonly number: number; readonly of: number };
}

/**
 * "We received these bytes, at this time, from this token, and checked this" (docs/formats/archive-receipt.md). It says nothing of how the files were
 * built: what the uploader says of that stands under `assertedByUploader`, unverified.
 */
export function archiveReceiptPredicate(receipt: Receipt): Predicate {
  const { archive, manifest, manifestDigest, receivedAt, uploader, metas, log, part } = receipt;
  const { package_id, repository, name, version } = manifest.package;
  return {
    archive: { id: archive.id, version: archive.version },
    package: { id: package_id, repository, name, version },
    receivedAt,
    finalizedAt: manifest.provenance.finalized_at,
    uploader: uploaderOf(uploader),
    assertedByUploader: {
      verified: false,
      producer: manifest.package.producer,
      run: manifest.package.run === null ? null : { ...manifest.package.run },
      metaRecords: metas.map(({ path, sha256, entries }) => ({ path, digest: { sha256 }, ...(entries === null ? {} : { entries }) })),
    },
    manifest: { mediaType: manifest.media_type, digest: { sha256: manifestDigest } },
    log: { origin: log.origin, index: log.index },
    verified: checksDone(manifest),
    part: { number: part.number, of: part.of },
  };
}

/** A token's name is what an administrator called it, not an identity that anybody proved. */
function uploaderOf(actor: string): Predicate {
  const name = /^token:(.*)$/s.exec(actor)?.[1];
  return name === undefined
    ? { kind: 'service', name: actor }
    : { kind: 'token', name, note: 'name of an access token of the archive, not a verified identity' };
}

/** Only checks that every package passes before it is finalized, and those that this one's files called for. */
function checksDone({ files }: Manifest): readonly string[] {
  const checks = ['sha256 of the received bytes', 'sha256 and blake3 of the stored bytes', 'received and stored bytes agree'];
  const formats = new Set(files.map(({ annotations }) => annotations['io.muniment.format']));
  if (formats.has('tar+gzip') || formats.has('tar') || formats.has('zip')) checks.push('archives are well-formed and within limits');
  if (files.some(({ wheel, members }) => wheel !== null || members?.some((member) => member.wheel !== null) === true))
    checks.push('file names of wheels agree with their METADATA');
  if (formats.has('meta')) checks.push('.meta records agree with the files they stand beside');
  return checks;
}
