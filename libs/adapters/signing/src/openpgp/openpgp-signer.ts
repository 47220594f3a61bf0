import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { createMessage, decryptKey, readPrivateKey, sign, type PrivateKey } from 'openpgp';
import type { DetachedSigner, SigningKey } from '@muniment/application';
import { instantOf, type Instant } from '@muniment/domain';
import type { KeyFiles } from '../keyring/key-files.js';
import { KeyringError } from '../keyring/keyring-error.js';
import type { KeyringEntry } from '../keyring/parse-keyring.js';

/** OpenPGP packets of newer algorithms exist that gpg 2.2 and sqv cannot read (protocols.md section 3). */
const newAlgorithms = new Set(['ed25519', 'ed448', 'x25519', 'x448']);

/** Signs files with an OpenPGP key out of an armored file. */
export async function openpgpSigner(entry: KeyringEntry, files: KeyFiles): Promise<DetachedSigner> {
  const privateKey = await unlocked(entry, files);
  if (
    privateKey.getKeyID().toHex() === '' ||
    newAlgorithms.has(privateKey.getAlgorithmInfo().algorithm) ||
    privateKey.keyPacket.version !== 4
  )
    throw new KeyringError(`${entry.name}: gpg and sqv need a version 4 key of RSA or EdDSA (ed25519Legacy)`);
  const key = await publicSide(entry, privateKey);
  return {
    key,
    signDetached: async (source, at) => {
      // The library's types for streams lean on a package that it does not bring: a stream goes in here, and one comes out.
      const binary = ReadableStream.from(source) as unknown as Uint8Array;
      const message = await createMessage({ binary });
      const signed: unknown = await sign({ message, signingKeys: privateKey, detached: true, format: 'armored', date: new Date(at) });
      return typeof signed === 'string' ? signed : textOf(signed);
    },
  };
}

async function publicSide(entry: KeyringEntry, privateKey: PrivateKey): Promise<SigningKey> {
  const expiry = await privateKey.getExpirationTime();
  return {
    name: entry.name,
    purpose: entry.purpose,
    algorithm: 'openpgp',
    keyId: privateKey.getFingerprint().toUpperCase(),
    publicKey: privateKey.toPublic().armor(),
    notBefore: later(entry.not_before, instantOf(privateKey.getCreationTime())),
    notAfter: expiry instanceof Date ? earlier(entry.not_after, instantOf(expiry)) : entry.not_after,
    compromisedAt: entry.compromised_at,
  };
}

const later = (a: Instant | null, b: Instant): Instant => (a !== null && a > b ? a : b);
const earlier = (a: Instant | null, b: Instant): Instant => (a !== null && a < b ? a : b);

async function unlocked(entry: KeyringEntry, files: KeyFiles): Promise<PrivateKey> {
  const armoredKey = files.read(entry.file ?? '', true);
  const passphrase = entry.passphrase_file === undefined ? null : files.read(entry.passphrase_file, true).trim();
  try {
    const privateKey = await readPrivateKey({ armoredKey });
    if (passphrase === null && !privateKey.isDecrypted()) throw new Error('locked');
    return passphrase === null ? privateKey : await decryptKey({ privateKey, passphrase });
  } catch {
    throw new KeyringError(`${entry.name}: ${entry.file ?? ''} is no armored OpenPGP private key, or its passphrase is missing or wrong`);
  }
}

async function textOf(stream: unknown): Promise<string> {
  let text = '';
  for await (const piece of Readable.from(stream as AsyncIterable<string>)) text += String(piece);
  return text;
}
