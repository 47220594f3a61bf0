import { z } from 'zod';

/** What only the signer is told. */
export const signingConfig = {
  MUNIMENT_SIGNER_KEYS: z.string().min(1).describe('Folder with keyring.toml and the key files it names; only the signer may read it'),
  MUNIMENT_SIGNER_MAKE_KEYS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('Whether to make fresh keys when the folder of keys has no keyring yet: for one machine, never for a cluster'),
};

export type SigningConfig = { readonly [Key in keyof typeof signingConfig]: z.output<(typeof signingConfig)[Key]> };
