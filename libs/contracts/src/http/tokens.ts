import { z } from 'zod';
import { verbs, type Verb } from '@muniment/domain';

export const createTokenBody = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[A-Za-z0-9._@/-]+$/),
  verbs: z.array(z.enum(verbs as [Verb, ...Verb[]])).min(1),
  repositories: z
    .array(z.string().regex(/^(\*|[A-Za-z0-9._-]+\/(\*|[A-Za-z0-9._-]+))$/))
    .min(1)
    .max(100),
  expires_in_days: z.int().positive().max(3650).optional(),
});
export type CreateTokenBody = z.output<typeof createTokenBody>;

export const tokenAnswer = z.object({
  id: z.string(),
  name: z.string(),
  verbs: z.array(z.string()),
  repositories: z.array(z.string()),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type TokenAnswer = z.output<typeof tokenAnswer>;

/** The only answer that ever carries the secret. */
export const createdTokenAnswer = tokenAnswer.extend({ token: z.string() });
export type CreatedTokenAnswer = z.output<typeof createdTokenAnswer>;
