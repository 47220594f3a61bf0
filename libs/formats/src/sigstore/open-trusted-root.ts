import type { CertifiedSigner } from '@muniment/domain';

const sourceRepositoryId = '1.3.6.1.4.1.57264.1.15';
const sourceOwnerId = '1.3.6.1.4.1.57264.1.17';

/** A trusted root that cannot be used, or a bundle that does not verify against one; says why. */
export class SigstoreError extends Error {
  override readonly name = 'SigstoreError';
}

/** Authorities that somebody decided to trust (`trusted_root.json`). */
export interface TrustedRoot {
  /** Who signed the bundle. Throws {@link SigstoreError} unless signature, certificate, timestamps and log entries all hold. */
  verify(bundle: Uint8Array): CertifiedSigner;
}

/**
 * Reads a Sigstore trusted root. What it has an authority for is required of every bundle: an entry in a log, a certificate in a log, a timestamp in
 * any case. Works offline. The libraries are loaded only here: most who read formats need none of them. Throws {@link SigstoreError}.
 */
export async function openTrustedRoot(json: string): Promise<TrustedRoot> {
  const { bundleFromJSON } = await import('@sigstore/bundle');
  const { TrustedRoot: Root } = await import('@sigstore/protobuf-specs');
  const { toSignedEntity, toTrustMaterial, Verifier } = await import('@sigstore/verify');
  const verifier = attempt(() => {
    const root = Root.fromJSON(JSON.parse(json));
    if (root.certificateAuthorities.length === 0) throw new Error('it has no certificate authority');
    const required = { tlogThreshold: Math.min(root.tlogs.length, 1), ctlogThreshold: Math.min(root.ctlogs.length, 1) };
    return new Verifier(toTrustMaterial(root), { ...required, timestampThreshold: 1 });
  });
  return {
    verify: (bundle) =>
      attempt(() => {
        const entity = toSignedEntity(bundleFromJSON(JSON.parse(Buffer.from(bundle).toString('utf8'))));
        const { identity } = verifier.verify(entity);
        const extension = (oid: string): string | null => {
          const found = identity?.oids?.find(({ oid: one }) => one?.id.join('.') === oid);
          return found === undefined ? null : utf8String(found.value);
        };
        return {
          identity: identity?.subjectAlternativeName ?? null,
          issuer: identity?.extensions?.issuer ?? null,
          sourceRepositoryId: extension(sourceRepositoryId),
          sourceOwnerId: extension(sourceOwnerId),
        };
      }),
  };
}

/** Whatever the libraries throw is about the bytes they were given. */
function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SigstoreError(error instanceof Error ? error.message.slice(0, 300) : 'it cannot be read');
  }
}

/** A DER UTF8String of fewer than 128 bytes, as ids are; null for anything else. */
function utf8String(der: Uint8Array): string | null {
  return der[0] === 0x0c && (der[1] ?? 0x80) < 0x80 && der.length === 2 + (der[1] ?? 0)
    ? Buffer.from(der.subarray(2)).toString('utf8')
    : null;
}
