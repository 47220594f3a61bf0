import { z } from 'zod';

/** What only the signer is told. */
export const signingConfig = {
  MUNIMENT_SIGNER_KEYS: z.string().min(1).describe('Folder with keyring.toml and the key files it names; only the signer may read it'),
  MUNIMENT_SIGNER_MAKE_KEYS: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('Whether to make fresh keys when the folder of keys has no keyring yet: for one machine, never for a cluster'),
  MUNIMENT_TSA_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('RFC 3161 timestamp authority that every attestation is stamped by; without it attestations have no timestamp'),
  MUNIMENT_ARCHIVE_ID: z
    .url()
    .optional()
    .describe('URI by which this archive calls itself in statements, best its public address; without it one made of the log’s name'),
};

export type SigningConfig = Readonly<z.output<z.ZodObject<typeof signingConfig>>>;
