import { createPublicKey } from 'node:crypto';
import type { Keyring } from '@muniment/application';
import type { Instant } from '@muniment/domain';
import type { NoteSigner } from '@muniment/formats';

/** Who signs checkpoints at that time, newest key first. A log key's name is the origin of the log it signs. */
export function noteSigners(keyring: Keyring, at: Instant): readonly NoteSigner[] {
  return keyring.log(at).map((signer) => ({
    name: signer.key.name,
    publicKey: createPublicKey(signer.key.publicKey),
    sign: (text) => signer.sign(text),
  }));
}
