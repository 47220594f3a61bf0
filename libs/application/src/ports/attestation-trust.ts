import type { CertifiedSigner } from '@muniment/domain';

/** The roots an operator trusts attestations of others by. */
export interface AttestationTrust {
  /** Who signed. Throws `Refusal attestation_untrusted` unless the signature is good and its signer stands in the trusted root. */
  verify(attestation: Uint8Array): CertifiedSigner;
}
