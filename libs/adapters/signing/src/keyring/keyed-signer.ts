import type { Signer, StatementSigner } from '@muniment/application';

/** Statements signed with a key of the keyring, which everybody is told of. */
export function keyedSigner(signer: Signer): StatementSigner {
  const { name, keyId } = signer.key;
  return { name, sign: async (bytes) => ({ signature: await signer.sign(bytes), keyId, certification: null }) };
}
