export type KeyPurpose = 'attestation' | 'log' | 'release';

/** The public half of an archive's key, and when it was to be used. Nobody is believed about it yet. */
export interface KnownKey {
  readonly purpose: KeyPurpose;
  /** OpenSSH fingerprint, or OpenPGP fingerprint in upper-case hexadecimal. */
  readonly keyId: string;
  /** Given by the operator; of a log key the origin of the log. */
  readonly name: string;
  /** SubjectPublicKeyInfo in PEM, or an armored OpenPGP certificate. */
  readonly publicKey: string;
  /** RFC 3339. */
  readonly notBefore: string | null;
  readonly notAfter: string | null;
  /** Since when somebody else may have had the private key. */
  readonly compromisedAt: string | null;
}

/** A key that will do, and why it is believed to be the archive's. */
export interface TrustedKey extends KnownKey {
  readonly restsOn: string;
}
