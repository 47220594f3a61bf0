import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import type { Signer } from '@muniment/application';
import { publicSide } from '../file/file-signer.js';
import type { KeyFiles } from '../keyring/key-files.js';
import { KeyringError } from '../keyring/keyring-error.js';
import type { KeyringEntry } from '../keyring/parse-keyring.js';
import { askTransit, type TransitRequest } from './transit.js';

/**
 * A key in a server that signs and never shows it: the transit interface of OpenBao and HashiCorp Vault. P-256 keys sign the digest or the message; Ed25519
 * signs the message. A signature that does not fit the public key is never used. Errors name the key, and hold nothing of what the server was sent.
 */
export function remoteSigner(entry: KeyringEntry, files: KeyFiles): Signer {
  const publicKey = publicKeyOf(entry, files);
  const { url = '', token_file: tokenFile } = entry;
  return {
    key: publicSide(entry, publicKey),
    sign: async (bytes) => {
      try {
        // Read each time: such tokens are renewed beside us.
        const token = tokenFile === undefined ? null : files.read(tokenFile, true).trim();
        const { signature, version } = await askTransit(url, token, requestOf(entry, bytes));
        if (!verify(entry.purpose === 'attestation' ? 'sha256' : null, bytes, publicKey, signature)) throw anotherKey(entry, version);
        return signature;
      } catch (error) {
        throw new Error(`remote key ${entry.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    },
  };
}

function requestOf({ purpose, send, key_version: pinned }: KeyringEntry, bytes: Uint8Array): TransitRequest {
  const prehashed = purpose === 'attestation' && send === 'digest';
  const input = (prehashed ? hash('sha256', bytes, 'buffer') : Buffer.from(bytes)).toString('base64');
  const version = pinned === undefined ? {} : { key_version: pinned };
  if (purpose !== 'attestation') return { input, ...version };
  return { input, ...version, prehashed, hash_algorithm: 'sha2-256', marshaling_algorithm: 'asn1' };
}

/** Most likely the key was rotated on its server, which signs with the newest version unless told otherwise. */
function anotherKey({ public_key_file: file = '' }: KeyringEntry, version: number | null): Error {
  const which = version === null ? '' : ` (version ${String(version)})`;
  return new Error(
    `the server signed with another key${which} than that of ${file}: set key_version, and give each version an entry of its own`,
  );
}

const ed25519Bytes = 32;
/** RFC 8410: what DER puts before the 32 bytes of an Ed25519 public key. */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** PEM, or as transit engines print Ed25519: the bare 32 bytes in base64. */
function publicKeyOf({ name, public_key_file: file = '' }: KeyringEntry, files: KeyFiles): KeyObject {
  const text = files.read(file, false).trim();
  try {
    const bare = /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : null;
    if (bare?.length !== ed25519Bytes) return createPublicKey(text);
    return createPublicKey({ key: Buffer.concat([ed25519Prefix, bare]), format: 'der', type: 'spki' });
  } catch {
    // The library's message may quote what it was given.
    throw new KeyringError(`${name}: ${file} is no public key: PEM, or 32 bytes of Ed25519 in base64`);
  }
}
