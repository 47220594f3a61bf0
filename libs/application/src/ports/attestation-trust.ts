/** Who made a signature, as far as the proof goes. */
export interface VerifiedSignature {
  /** Of the certificate; null for a bare key. */
  readonly identity: string | null;
  readonly issuer: string | null;
}

/** The roots an operator trusts attestations of others by. */
export interface AttestationTrust {
  /** Throws `Refusal attestation_untrusted` unless the signature is good and its signer stands in the trusted root. */
  verify(attestation: Uint8Array): VerifiedSignature;
}
