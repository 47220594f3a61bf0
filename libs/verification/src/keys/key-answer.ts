import type { KeyAnswer } from '@muniment/contracts';
import type { KnownKey } from './known-key.js';

/** A key as an archive tells of it at `/keys`. */
export function knownKey(key: KeyAnswer): KnownKey {
  return {
    purpose: key.purpose,
    keyId: key.key_id,
    name: key.name,
    publicKey: key.openpgp ?? key.pem ?? '',
    notBefore: key.not_before,
    notAfter: key.not_after,
    compromisedAt: key.compromised_at,
  };
}
