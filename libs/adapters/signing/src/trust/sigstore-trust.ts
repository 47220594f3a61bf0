import { readFileSync } from 'node:fs';
import type { AttestationTrust } from '@muniment/application';
import { Refusal, type CertifiedSigner } from '@muniment/domain';
import { openTrustedRoot, SigstoreError, type TrustedRoot } from '@muniment/formats';
import { KeyringError } from '../keyring/keyring-error.js';

/** Verifies Sigstore bundles offline against a `trusted_root.json`: certificate authorities, logs and timestamp authorities that the operator trusts. */
export class SigstoreTrust implements AttestationTrust {
  private constructor(private readonly root: TrustedRoot) {}

  /** Throws {@link KeyringError} for a file that is no trusted root. */
  static async open(file: string): Promise<SigstoreTrust> {
    try {
      return new SigstoreTrust(await openTrustedRoot(readFileSync(file, 'utf8')));
    } catch {
      throw new KeyringError(`${file} cannot be read, or is no Sigstore trusted root with a certificate authority`);
    }
  }

  verify(attestation: Uint8Array): CertifiedSigner {
    try {
      return this.root.verify(attestation);
    } catch (error) {
      if (!(error instanceof SigstoreError)) throw error;
      throw new Refusal('attestation_untrusted', `The signature does not verify against the archive’s trusted root: ${error.message}.`);
    }
  }
}
