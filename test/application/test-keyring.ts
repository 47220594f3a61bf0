import { generateKeyPairSync, sign } from 'node:crypto';
import { NoSigner, type DetachedSigner, type Keyring, type Signer, type SigningKey, type StatementSigner } from '@muniment/application';
import type { Instant } from '@muniment/domain';

/** A keyring with a real P-256 key, whose keys may be taken away or break. */
export class TestKeyring implements Keyring {
  readonly pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** Null: there is a key that works. */
  trouble: 'none valid' | 'broken' | null = null;
  /** Whether there is a release key. */
  releases = false;
  /** Which key signs: another id is another key to everybody who goes by ids. */
  current = 'SHA256:test-attestation';
  currentRelease = '0123456789ABCDEF0123456789ABCDEF01234567';
  /** What happens just before a signature is made. */
  beforeSigning: () => Promise<void> = () => Promise.resolve();

  readonly keys: readonly SigningKey[] = [this.key('attestation', 'SHA256:test-attestation')];
  readonly identities = [];

  attestation(): StatementSigner {
    if (this.trouble === 'none valid') throw new NoSigner('no key for attestations is valid now');
    const keyId = this.current;
    return {
      name: 'attestation',
      sign: async (bytes) => {
        await this.beforeSigning();
        if (this.trouble === 'broken') throw new Error('the token was pulled out');
        const signature = sign('sha256', bytes, this.pair.privateKey);
        return { signature, keyId, certification: null };
      },
    };
  }

  release(): DetachedSigner | null {
    if (!this.releases) return null;
    return {
      key: this.key('release', this.currentRelease),
      signDetached: async (source, at: Instant) => {
        let size = 0;
        for await (const piece of source) size += piece.byteLength;
        return `signature of ${size} bytes at ${at}\n`;
      },
    };
  }

  log(): readonly Signer[] {
    return [];
  }

  private key(purpose: SigningKey['purpose'], keyId: string): SigningKey {
    const publicKey = this.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const algorithm = purpose === 'attestation' ? 'ecdsa-p256-sha256' : 'openpgp';
    return { name: purpose, purpose, algorithm, keyId, publicKey, notBefore: null, notAfter: null, compromisedAt: null };
  }
}
