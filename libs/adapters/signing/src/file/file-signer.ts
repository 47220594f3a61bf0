import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import type { Signer, SigningKey } from '@muniment/application';
import { sshFingerprint } from '@muniment/formats';
import type { KeyFiles } from '../keyring/key-files.js';
import { KeyringError } from '../keyring/keyring-error.js';
import type { KeyringEntry } from '../keyring/parse-keyring.js';

const curveOf = { attestation: 'P-256', log: 'Ed25519', release: 'OpenPGP' } as const;

/** A key whose private half lies in a file. Read once; the process holds it, nobody else does. */
export function fileSigner(entry: KeyringEntry, files: KeyFiles): Signer {
  const passphrase = entry.passphrase_file === undefined ? undefined : files.read(entry.passphrase_file, true).trim();
  const pem = files.read(entry.file ?? '', true);
  const privateKey = privateKeyOf(entry, pem, passphrase);
  const digest = entry.purpose === 'attestation' ? 'sha256' : null;
  return {
    key: publicSide(entry, createPublicKey(privateKey)),
    sign: (bytes) => new Promise((done, failed) => sign(digest, bytes, privateKey, (error, made) => (error ? failed(error) : done(made)))),
  };
}

/** What is told to the world of a P-256 or Ed25519 key. Throws {@link KeyringError} when the key does not fit its purpose. */
export function publicSide(entry: KeyringEntry, publicKey: KeyObject): SigningKey {
  const { crv } = publicKey.asymmetricKeyType === 'rsa' ? { crv: 'RSA' } : publicKey.export({ format: 'jwk' });
  if (crv !== curveOf[entry.purpose]) throw new KeyringError(`${entry.name}: a key for ${entry.purpose} must be ${curveOf[entry.purpose]}`);
  const keyId = sshFingerprint(publicKey);
  if (keyId === null) throw new KeyringError(`${entry.name}: only P-256 and Ed25519 keys have an id here`);
  return {
    name: entry.name,
    purpose: entry.purpose,
    algorithm: entry.purpose === 'attestation' ? 'ecdsa-p256-sha256' : 'ed25519',
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    notBefore: entry.not_before,
    notAfter: entry.not_after,
    compromisedAt: entry.compromised_at,
  };
}

function privateKeyOf(entry: KeyringEntry, pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  } catch {
    // The library's message may quote what it was given.
    throw new KeyringError(`${entry.name}: ${entry.file ?? ''} is no private key in PEM (PKCS #8), or its passphrase is wrong`);
  }
}
