import { createPublicKey } from 'node:crypto';
import type { KeyAnswer } from '@muniment/contracts';
import type { KeyState } from '@muniment/domain';
import { verifierKey } from '@muniment/formats';

export function keyAnswer({ announced, compromisedAt }: KeyState): KeyAnswer {
  const { public_key: publicKey, ...facts } = announced;
  const name = announced.name;
  return {
    ...facts,
    compromised_at: compromisedAt,
    ...(announced.algorithm === 'openpgp' ? { openpgp: publicKey } : { pem: publicKey }),
    ...(announced.purpose === 'log' ? { verifier_key: verifierKey({ name, publicKey: createPublicKey(publicKey) }) } : {}),
  };
}
