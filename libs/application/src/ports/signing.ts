import type { Instant, KeyAlgorithmName, KeyPurposeName } from '@muniment/domain';
import type { Certification } from '@muniment/formats';

/** What a key is for; a key is never used for anything else. */
export type KeyPurpose = KeyPurposeName;
export type KeyAlgorithm = KeyAlgorithmName;

/** The public side of a key of the keyring. */
export interface SigningKey {
  /** Given by the operator. For a log key also the origin of the log: checkpoints are signed in this name. */
  readonly name: string;
  readonly purpose: KeyPurpose;
  readonly algorithm: KeyAlgorithm;
  /** OpenSSH fingerprint (`SHA256:…`, unpadded base64), or the OpenPGP fingerprint in upper case hexadecimal. */
  readonly keyId: string;
  /** SubjectPublicKeyInfo in PEM, or the armored OpenPGP certificate. */
  readonly publicKey: string;
  readonly notBefore: Instant | null;
  /** Not used from then on. For an OpenPGP key never later than the key's own expiry. */
  readonly notAfter: Instant | null;
  /** Since when somebody else may have had the private key; nothing it signed later is to be believed. */
  readonly compromisedAt: Instant | null;
}

/** Signs bytes with one key. Drivers: a key file, a remote server. Errors are infrastructure: try again. */
export interface Signer {
  readonly key: SigningKey;
  /** The raw signature of `bytes`: ECDSA as DER over SHA-256, or Ed25519. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Instead of a key that is announced: who the archive signs as. The keys are made on the way, certified for minutes, and never kept. */
export interface SigningIdentity {
  /** Given by the operator. */
  readonly name: string;
  /** What the certificate names (URI or e-mail address), and the URL of whoever vouches for it. */
  readonly identity: string;
  readonly issuer: string;
  readonly notBefore: Instant | null;
  readonly notAfter: Instant | null;
}

/** Signs statements, either with a key of the keyring or with certified keys of an identity. Errors are infrastructure: try again. */
export interface StatementSigner {
  /** Given by the operator. */
  readonly name: string;
  sign(bytes: Uint8Array): Promise<StatementSignature>;
}

export interface StatementSignature {
  /** ECDSA over P-256 and SHA-256, DER. */
  readonly signature: Uint8Array;
  /** OpenSSH fingerprint of the key that made it. */
  readonly keyId: string;
  /** Null for a key of the keyring. A certified signature proves nothing without a timestamp from within the certificate's minutes. */
  readonly certification: Certification | null;
}

/** Makes OpenPGP signatures beside files. */
export interface DetachedSigner {
  readonly key: SigningKey;
  /** The armored signature of everything that `source` yields; reads it once, memory does not grow with it. */
  signDetached(source: AsyncIterable<Uint8Array>, at: Instant): Promise<string>;
}

/** A key that should sign cannot: none is valid at this time, or the server that holds it refuses. Somebody must act; trying again may help. */
export class NoSigner extends Error {
  override readonly name = 'NoSigner';
}

/** All keys of the signer process. Of several keys of one purpose the one that became valid last signs. */
export interface Keyring {
  readonly keys: readonly SigningKey[];
  readonly identities: readonly SigningIdentity[];
  /** Throws {@link NoSigner} when no attestation key or identity is valid at that time. */
  attestation(at: Instant): StatementSigner;
  /** Null when there is no release key at all. Throws {@link NoSigner} when there is one, but none is valid. */
  release(at: Instant): DetachedSigner | null;
  /** Every log key that is valid at that time, newest first: during a rotation checkpoints carry both signatures. */
  log(at: Instant): readonly Signer[];
}
