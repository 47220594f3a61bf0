import { createPublicKey } from 'node:crypto';
import { sshFingerprint } from '@muniment/formats';
import type { CheckList } from '../report/check.js';
import type { KnownKey } from './known-key.js';

/**
 * The keys whose id is really theirs: whoever tells of a key could name it by the fingerprint of another, which somebody pinned. Each of the others is
 * a failed check `keys.id`.
 */
export async function honestKeys(told: readonly KnownKey[], restsOn: string, list: CheckList): Promise<readonly KnownKey[]> {
  const honest: KnownKey[] = [];
  for (const key of told) {
    const id = await idOf(key);
    if (id === key.keyId) honest.push(key);
    else list.holds('keys.id', key.keyId, false, id === null ? 'what stands there is no such key' : `the key is really ${id}`, restsOn);
  }
  return honest;
}

/** Armored OpenPGP certificates out of a file, as keys. Throws OpenpgpError for one that is none. */
export async function pinnedCertificate(armored: string): Promise<KnownKey> {
  const { fingerprintOf } = await import('../openpgp/detached-signature.js');
  const keyId = await fingerprintOf(armored);
  return { purpose: 'release', keyId, name: keyId, publicKey: armored, notBefore: null, notAfter: null, compromisedAt: null };
}

async function idOf({ purpose, publicKey }: KnownKey): Promise<string | null> {
  try {
    if (purpose !== 'release') return sshFingerprint(createPublicKey(publicKey));
    const { fingerprintOf } = await import('../openpgp/detached-signature.js');
    return await fingerprintOf(publicKey);
  } catch {
    return null; // no key at all
  }
}
