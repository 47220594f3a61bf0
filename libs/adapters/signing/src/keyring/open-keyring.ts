import { NoSigner, type DetachedSigner, type KeyPurpose, type Keyring, type Signer, type SigningKey } from '@muniment/application';
import type { Instant } from '@muniment/domain';
import { fileSigner } from '../file/file-signer.js';
import { openpgpSigner } from '../openpgp/openpgp-signer.js';
import { remoteSigner } from '../remote/remote-signer.js';
import { KeyFiles } from './key-files.js';
import { KeyringError } from './keyring-error.js';
import { parseKeyring } from './parse-keyring.js';

export const keyringName = 'keyring.toml';

/** Reads `keyring.toml` and every key it names. Throws {@link KeyringError} for anything that is wrong with them. */
export async function openKeyring(folder: string): Promise<OpenedKeyring> {
  const files = new KeyFiles(folder);
  const entries = parseKeyring(files.read(keyringName, false));
  const signers = entries
    .filter(({ purpose }) => purpose !== 'release')
    .map((entry) => (entry.driver === 'file' ? fileSigner(entry, files) : remoteSigner(entry, files)));
  const detached = await Promise.all(entries.filter(({ purpose }) => purpose === 'release').map((entry) => openpgpSigner(entry, files)));
  const ids = [...signers, ...detached].map(({ key }) => key.keyId);
  if (new Set(ids).size !== ids.length) throw new KeyringError('two entries of the keyring have the same key');
  return new OpenedKeyring(signers, detached);
}

/** The keys of one folder, chosen by purpose and time. */
export class OpenedKeyring implements Keyring {
  constructor(
    private readonly signers: readonly Signer[],
    private readonly detached: readonly DetachedSigner[],
  ) {}

  get keys(): readonly SigningKey[] {
    return [...this.signers, ...this.detached].map(({ key }) => key);
  }

  attestation(at: Instant): Signer {
    const signer = newestFirst(this.of('attestation'), at)[0];
    if (signer === undefined) throw new NoSigner('no key for attestations is valid now: add one to the keyring');
    return signer;
  }

  log(at: Instant): readonly Signer[] {
    return newestFirst(this.of('log'), at);
  }

  release(at: Instant): DetachedSigner | null {
    if (this.detached.length === 0) return null;
    const signer = newestFirst(this.detached, at)[0];
    if (signer === undefined) throw new NoSigner('no release key is valid now: extend it or add one to the keyring');
    return signer;
  }

  private of(purpose: KeyPurpose): readonly Signer[] {
    return this.signers.filter(({ key }) => key.purpose === purpose);
  }
}

/** Valid keys, the one that became valid last first; those without a beginning are the oldest, and of equals the later in the file wins. */
function newestFirst<Of extends { readonly key: SigningKey }>(signers: readonly Of[], at: Instant): readonly Of[] {
  const valid = signers.filter(({ key }) => isValid(key, at)).reverse();
  return [...valid].sort((a, b) =>
    (a.key.notBefore ?? '') > (b.key.notBefore ?? '') ? -1 : (a.key.notBefore ?? '') < (b.key.notBefore ?? '') ? 1 : 0,
  );
}

function isValid({ notBefore, notAfter, compromisedAt }: SigningKey, at: Instant): boolean {
  // A key that somebody else may have is never used again, whenever that began.
  return compromisedAt === null && (notBefore === null || notBefore <= at) && (notAfter === null || at < notAfter);
}
