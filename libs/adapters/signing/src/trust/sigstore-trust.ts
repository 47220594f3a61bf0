import { readFileSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import type { AttestationTrust, VerifiedSignature } from '@muniment/application';
import { Refusal } from '@muniment/domain';
import { KeyringError } from '../keyring/keyring-error.js';

/**
 * Verifies Sigstore bundles offline against a `trusted_root.json`: certificate authorities, logs and timestamp authorities that the operator trusts. What
 * the root has an authority for is required: an entry in a log, a certificate in a log, a timestamp in any case.
 */
export class SigstoreTrust implements AttestationTrust {
  private readonly verifier: Verifier;

  /** Throws {@link KeyringError} for a file that is no trusted root. */
  constructor(file: string) {
    const root = rootIn(file);
    this.verifier = new Verifier(toTrustMaterial(root), {
      tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
      ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
      timestampThreshold: 1,
    });
  }

  verify(attestation: Uint8Array): VerifiedSignature {
    try {
      const bundle = bundleFromJSON(JSON.parse(Buffer.from(attestation).toString('utf8')));
      const { identity } = this.verifier.verify(toSignedEntity(bundle));
      return { identity: identity?.subjectAlternativeName ?? null, issuer: identity?.extensions?.issuer ?? null };
    } catch (error) {
      // Whatever the library throws here is about the bytes it was given: it works offline.
      const why = error instanceof Error ? error.message.slice(0, 300) : 'it cannot be read';
      throw new Refusal('attestation_untrusted', `The signature does not verify against the archive’s trusted root: ${why}.`);
    }
  }
}

function rootIn(file: string): TrustedRoot {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
    if (root.certificateAuthorities.length === 0) throw new Error('no certificate authority');
    return root;
  } catch {
    throw new KeyringError(`${file} cannot be read, or is no Sigstore trusted root with a certificate authority`);
  }
}
