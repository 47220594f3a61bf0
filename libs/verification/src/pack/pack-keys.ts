import { createPublicKey } from 'node:crypto';
import { verifierKey } from '@muniment/formats';
import type { KnownKey } from '../keys/known-key.js';
import { packPlaces } from './layout.js';

export interface PackKeys {
  /** Key files by their place. */
  readonly documents: ReadonlyMap<string, Uint8Array>;
  /** Place of the PEM file of an attestation key, by key id. */
  readonly pems: ReadonlyMap<string, string>;
  /** Newest first, as the archive lists them. */
  readonly verifierKeys: readonly string[];
}

/** The archive's public keys as files that stock programs take: a PEM per attestation key, keyrings of the release keys, verifier keys of the log. */
export async function packKeyFiles(keys: readonly KnownKey[]): Promise<PackKeys> {
  const documents = new Map<string, Uint8Array>();
  const pems = new Map<string, string>();
  for (const { purpose, keyId, name, publicKey } of keys) {
    if (purpose !== 'attestation') continue;
    const safe = name.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60);
    // Two keys may have had one name; the fingerprint tells them apart in any case.
    const place = `${packPlaces.keys}attestation-${safe}-${keyId.replace(/[^A-Za-z0-9]/g, '').slice(6, 14)}.pem`;
    documents.set(place, Buffer.from(publicKey));
    pems.set(keyId, place);
  }
  const certificates = keys.filter(({ purpose }) => purpose === 'release').map(({ publicKey }) => publicKey);
  if (certificates.length > 0) {
    const { keyringsOf } = await import('../openpgp/keyrings.js');
    const { binary, armored } = await keyringsOf(certificates);
    documents.set(`${packPlaces.keys}release.gpg`, binary);
    documents.set(`${packPlaces.keys}release.asc`, armored);
  }
  const logs = keys.filter(({ purpose }) => purpose === 'log');
  const verifierKeys = logs.map(({ name, publicKey }) => verifierKey({ name, publicKey: createPublicKey(publicKey) }));
  if (verifierKeys.length > 0) documents.set(`${packPlaces.keys}log.vkey`, Buffer.from(`${verifierKeys.join('\n')}\n`));
  return { documents, pems, verifierKeys };
}
