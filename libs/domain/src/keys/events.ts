import type { Fact } from '../event.js';
import type { Instant } from '../instant.js';

export type KeyPurposeName = 'attestation' | 'log' | 'release';
export type KeyAlgorithmName = 'ecdsa-p256-sha256' | 'ed25519' | 'openpgp';

/** The signer has this key and may sign with it. Announced again when its name, validity or certificate changes. The subject is the key. */
export type KeyAnnounced = Fact<
  'v1.key.announced',
  Readonly<{
    key_id: string;
    name: string;
    purpose: KeyPurposeName;
    algorithm: KeyAlgorithmName;
    /** SubjectPublicKeyInfo in PEM, or the armored OpenPGP certificate. */
    public_key: string;
    not_before: Instant | null;
    not_after: Instant | null;
    announced_at: Instant;
  }>
>;

/** Somebody else may have had the private key since `compromised_at`. What it signed before, by the log, stays believable; nothing later does. */
export type KeyCompromised = Fact<'v1.key.compromised', Readonly<{ key_id: string; compromised_at: Instant; reported_at: Instant }>>;

export type KeyEvent = KeyAnnounced | KeyCompromised;
