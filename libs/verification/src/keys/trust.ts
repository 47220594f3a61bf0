import { createPublicKey, type X509Certificate } from 'node:crypto';
import { parseVerifierKey, type NoteVerifier, sshFingerprint } from '@muniment/formats';
import { authorityRoots } from '../timestamp/authority-roots.js';
import { witnessesOf, type WitnessPins, type Witnesses } from '../log/witnesses.js';
import type { IdentityPin } from './identity-pin.js';
import type { KeyPurpose, KnownKey, TrustedKey } from './known-key.js';
import { PinError } from './pin-error.js';

/** Keys that the one who checks brought along. Where there is one for a purpose, no other counts for it. */
export interface Pins {
  /** PEM texts, each of one or more P-256 public keys. */
  readonly attestation: readonly string[];
  /** Of attestations with a certificate; null: nobody is expected, and none is judged. */
  readonly identity: IdentityPin | null;
  /** Verifier keys of logs, `<origin>+<id>+<base64>`. */
  readonly log: readonly string[];
  /** OpenPGP fingerprints. */
  readonly fingerprints: readonly string[];
  /** Armored OpenPGP certificates. */
  readonly certificates: readonly KnownKey[];
  /** PEM texts of root certificates of timestamp authorities. Nobody else is ever believed about one. */
  readonly timestampRoots?: readonly string[];
  /** Log witnesses. Nobody else is ever believed to be one. */
  readonly witnesses?: WitnessPins;
}

export interface TrustedLogKey extends NoteVerifier {
  readonly keyId: string;
  readonly restsOn: string;
  readonly compromisedAt: string | null;
}

/**
 * Which key is believed, and why. What others tell of a key (`told`) is believed only where nothing is pinned for its purpose; that a key is compromised
 * or had its time is believed in any case, as it can only take trust away.
 */
export class Trust {
  readonly #pinned: readonly TrustedKey[];
  readonly #pinnedLogs: readonly NoteVerifier[];
  /** Where the chains of timestamp authorities have to end. */
  readonly timestampRoots: readonly X509Certificate[];
  /** Null: cosignatures are not judged. */
  readonly witnesses: Witnesses | null;

  /** @param toldBy For each key that somebody told of: what believing it rests on. */
  constructor(
    private readonly pins: Pins,
    private readonly told: readonly KnownKey[],
    private readonly toldBy: (key: KnownKey) => string,
  ) {
    this.#pinned = [...pins.attestation.flatMap(pinnedPems), ...pins.certificates].map((key) => this.#withTimes(key));
    this.#pinnedLogs = pins.log.map(pinnedLog);
    this.timestampRoots = (pins.timestampRoots ?? []).flatMap(authorityRoots);
    this.witnesses = pins.witnesses === undefined ? null : witnessesOf(pins.witnesses);
  }

  get identity(): IdentityPin | null {
    return this.pins.identity;
  }

  isPinned(purpose: KeyPurpose): boolean {
    if (purpose === 'log') return this.pins.log.length > 0;
    if (purpose === 'attestation') return this.pins.attestation.length > 0 || this.identity !== null;
    return this.pins.certificates.length + this.pins.fingerprints.length > 0;
  }

  /** Null: not believed, or unknown. */
  find(purpose: KeyPurpose, keyId: string): TrustedKey | null {
    const named = (key: KnownKey): boolean => key.purpose === purpose && key.keyId === keyId;
    const pinned = this.#pinned.find(named);
    if (pinned !== undefined) return pinned;
    const told = this.told.find(named);
    if (told === undefined) return null;
    if (!this.isPinned(purpose)) return { ...told, restsOn: this.toldBy(told) };
    const byFingerprint = this.pins.fingerprints.some((pin) => bare(pin) === keyId);
    return byFingerprint ? { ...told, restsOn: `the fingerprint you pinned, ${keyId}` } : null;
  }

  /** Keys that somebody says are compromised, believed or not: it only takes trust away. */
  withdrawn(purpose: KeyPurpose): readonly KnownKey[] {
    return this.told.filter((key) => key.purpose === purpose && key.compromisedAt !== null);
  }

  /** OpenPGP certificates that are believed: a signature names its key by less than a fingerprint. */
  certificates(): readonly TrustedKey[] {
    const ids = [...this.pins.certificates, ...this.told].filter(({ purpose }) => purpose === 'release').map(({ keyId }) => keyId);
    return [...new Set(ids)].flatMap((keyId) => this.find('release', keyId) ?? []);
  }

  logKeys(): readonly TrustedLogKey[] {
    const told = this.told.filter(({ purpose }) => purpose === 'log');
    if (this.isPinned('log')) {
      return this.#pinnedLogs.map((verifier) => {
        const same = told.find((key) => pemOf(key.publicKey)?.equals(verifier.publicKey) === true);
        const compromisedAt = same?.compromisedAt ?? null;
        return { ...verifier, keyId: same?.keyId ?? verifier.name, restsOn: `the log key you pinned, ${verifier.name}`, compromisedAt };
      });
    }
    return told.flatMap((key) => {
      const publicKey = pemOf(key.publicKey);
      if (publicKey?.asymmetricKeyType !== 'ed25519') return [];
      return [{ name: key.name, publicKey, keyId: key.keyId, restsOn: this.toldBy(key), compromisedAt: key.compromisedAt }];
    });
  }

  #withTimes(key: KnownKey): TrustedKey {
    const told = this.told.find(({ purpose, keyId }) => purpose === key.purpose && keyId === key.keyId);
    const times = told === undefined ? {} : { notBefore: told.notBefore, notAfter: told.notAfter, compromisedAt: told.compromisedAt };
    return { ...key, ...times, restsOn: `the ${key.purpose} key you pinned, ${key.keyId}` };
  }
}

function pinnedPems(text: string): readonly KnownKey[] {
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0) throw new PinError('A pinned attestation key must be a PEM file with "BEGIN PUBLIC KEY".');
  return blocks.map((publicKey) => {
    const key = pemOf(publicKey);
    const keyId = key === null ? null : sshFingerprint(key);
    if (keyId === null) throw new PinError('A pinned attestation key must be an ECDSA key over P-256.');
    return { purpose: 'attestation', keyId, name: keyId, publicKey, notBefore: null, notAfter: null, compromisedAt: null };
  });
}

function pinnedLog(text: string): NoteVerifier {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    throw new PinError(`The pinned log key is not one: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function pemOf(publicKey: string): ReturnType<typeof createPublicKey> | null {
  try {
    return createPublicKey(publicKey);
  } catch {
    return null; // what is no key is nobody's key
  }
}

/** Fingerprints are written with spaces, colons and in either case. */
function bare(fingerprint: string): string {
  return fingerprint.replace(/[\s:]/g, '').replace(/^0x/i, '').toUpperCase();
}
