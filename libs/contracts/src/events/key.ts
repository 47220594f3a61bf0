import { z } from 'zod';
import { declareEvent } from './event.js';
import { instant } from './values.js';

export const keyAnnounced = declareEvent({
  type: 'v1.key.announced',
  description: 'The signer has this key and may sign with it',
  payload: z.strictObject({
    key_id: z.string(),
    name: z.string(),
    purpose: z.enum(['attestation', 'log', 'release']),
    algorithm: z.enum(['ecdsa-p256-sha256', 'ed25519', 'openpgp']),
    public_key: z.string(),
    not_before: instant.nullable(),
    not_after: instant.nullable(),
    announced_at: instant,
  }),
});

export const keyCompromised = declareEvent({
  type: 'v1.key.compromised',
  description: 'Somebody else may have had the private key since then',
  payload: z.strictObject({ key_id: z.string(), compromised_at: instant, reported_at: instant }),
});
