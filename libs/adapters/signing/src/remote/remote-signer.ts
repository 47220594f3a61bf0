import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Signer } from '@muniment/application';
import { publicSide } from '../file/file-signer.js';
import type { KeyFiles } from '../keyring/key-files.js';
import { KeyringError } from '../keyring/keyring-error.js';
import type { KeyringEntry } from '../keyring/parse-keyring.js';

const patienceMs = 10_000;
const answer = z.object({ data: z.object({ signature: z.string().max(4_096) }) });

/**
 * A key in a server that signs and never shows it: the transit interface of HashiCorp Vault and OpenBao (`POST …/transit/sign/<key>`). P-256 keys
 * sign the digest or the message; Ed25519 signs the message. A signature that does not fit the public key is never used.
 */
export function remoteSigner(entry: KeyringEntry, files: KeyFiles): Signer {
  const publicKey = publicKeyOf(entry, files);
  const key = publicSide(entry, publicKey);
  const curve = entry.purpose === 'attestation' ? 'sha256' : null;
  const url = entry.url ?? '';
  return {
    key,
    sign: async (bytes) => {
      const prehashed = curve !== null && entry.send === 'digest';
      const input = prehashed ? hash('sha256', bytes, 'buffer') : Buffer.from(bytes);
      // Read each time: such tokens are renewed beside us.
      const token = entry.token_file === undefined ? null : files.read(entry.token_file, true).trim();
      const asked = { input: input.toString('base64'), prehashed, hash_algorithm: 'sha2-256', marshaling_algorithm: 'asn1' };
      const signature = await ask(url, token, curve === null ? { input: asked.input } : asked);
      if (!verify(curve, bytes, publicKey, signature)) throw new Error(`${entry.name}: the remote server signed with another key`);
      return signature;
    },
  };
}

async function ask(url: string, token: string | null, body: object): Promise<Buffer> {
  const headers = { 'content-type': 'application/json', ...(token === null ? {} : { 'x-vault-token': token }) };
  const signal = AbortSignal.timeout(patienceMs);
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), redirect: 'error', signal });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the remote signing server answered ${String(response.status)}`);
  }
  const parsed = answer.safeParse(await response.json());
  const encoded = parsed.success ? /^(?:vault:v\d+:)?([A-Za-z0-9+/]+={0,2})$/.exec(parsed.data.data.signature)?.[1] : undefined;
  if (encoded === undefined) throw new Error('the remote signing server answered without a signature');
  return Buffer.from(encoded, 'base64');
}

function publicKeyOf(entry: KeyringEntry, files: KeyFiles): KeyObject {
  try {
    return createPublicKey(files.read(entry.public_key_file ?? '', false));
  } catch (error) {
    if (error instanceof KeyringError) throw error;
    throw new KeyringError(`${entry.name}: ${entry.public_key_file ?? ''} is no public key in PEM`);
  }
}
