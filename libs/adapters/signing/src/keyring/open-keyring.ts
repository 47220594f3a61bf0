import {
  NoSigner,
  type DetachedSigner,
  type Keyring,
  type Signer,
  type SigningIdentity,
  type SigningKey,
  type StatementSigner,
} from '@muniment/application';
import type { Instant } from '@muniment/domain';
import { fileSigner } from '../file/file-signer.js';
import { keylessSigner, type KeylessSigner } from '../keyless/keyless-signer.js';
import { openpgpSigner } from '../openpgp/openpgp-signer.js';
import { remoteSigner } from '../remote/remote-signer.js';
import { KeyFiles } from './key-files.js';
import { keyedSigner } from './keyed-signer.js';
import { KeyringError } from './keyring-error.js';
import { parseKeyring } from './parse-keyring.js';

export const keyringName = 'keyring.toml';

/** Reads `keyring.toml` and every key it names. Throws {@link KeyringError} for anything that is wrong with them. */
export async function openKeyring(folder: string): Promise<OpenedKeyring> {
  const files = new KeyFiles(folder);
  const entries = parseKeyring(files.read(keyringName, false));
  const signers = entries
    .filter(({ purpose, driver }) => purpose !== 'release' && driver !== 'keyless')
    .map((entry) => (entry.driver === 'file' ? fileSigner(entry, files) : remoteSigner(entry, files)));
  const keyless = entries.filter(({ driver }) => driver === 'keyless').map((entry) => keylessSigner(entry, files));
  const detached = await Promise.all(entries.filter(({ purpose }) => purpose === 'release').map((entry) => openpgpSigner(entry, files)));
  const ids = [...signers, ...detached].map(({ key }) => key.keyId);
  if (new Set(ids).size !== ids.length) throw new KeyringError('two entries of the keyring have the same key');
  return new OpenedKeyring(signers, keyless, detached);
}

/** The keys and identities of one folder, chosen by purpose and time. */
export class OpenedKeyring implements Keyring {
  constructor(
    private readonly signers: readonly Signer[],
    private readonly keyless: readonly KeylessSigner[],
    private readonly detached: readonly DetachedSigner[],
  ) {}

  get keys(): readonly SigningKey[] {
    return [...this.signers, ...this.detached].map(({ key }) => key);
  }

  get identities(): readonly SigningIdentity[] {
    return this.keyless.map(({ identity }) => identity);
  }

  attestation(at: Instant): StatementSigner {
    const keyed = this.of('attestation').map((signer) => ({ ...signer.key, signer: keyedSigner(signer) }));
    const keyless = this.keyless.map((signer) => ({ ...signer.identity, compromisedAt: null, signer }));
    const newest = newestFirst([...keyed, ...keyless], at)[0];
    if (newest === undefined) throw new NoSigner('no key for attestations is valid now: add one to the keyring');
    return newest.signer;
  }

  log(at: Instant): readonly Signer[] {
    return newestFirst(
      this.of('log').map((signer) => ({ ...signer.key, signer })),
      at,
    ).map(({ signer }) => signer);
  }

  release(at: Instant): DetachedSigner | null {
    if (this.detached.length === 0) return null;
    const newest = newestFirst(
      this.detached.map((signer) => ({ ...signer.key, signer })),
      at,
    )[0];
    if (newest === undefined) throw new NoSigner('no release key is valid now: extend it or add one to the keyring');
    return newest.signer;
  }

  private of(wanted: 'attestation' | 'log'): readonly Signer[] {
    return this.signers.filter(({ key }) => key.purpose === wanted);
  }
}

type Validity = Pick<SigningKey, 'notBefore' | 'notAfter' | 'compromisedAt'>;

/** Those that are valid, the one that became valid last first; those without a beginning are the oldest, and of equals the later in the file wins. */
function newestFirst<Of extends Validity>(all: readonly Of[], at: Instant): readonly Of[] {
  const valid = all.filter((one) => isValid(one, at)).reverse();
  return [...valid].sort((a, b) => ((a.notBefore ?? '') > (b.notBefore ?? '') ? -1 : (a.notBefore ?? '') < (b.notBefore ?? '') ? 1 : 0));
}

function isValid({ notBefore, notAfter, compromisedAt }: Validity, at: Instant): boolean {
  // A key that somebody else may have is never used again, whenever that began.
  return compromisedAt === null && (notBefore === null || notBefore <= at) && (notAfter === null || at < notAfter);
}
