import { z } from 'zod';
import { attestationPolicyConfig } from '@muniment/assembly';

const tib = 1024 ** 4;

/** Configuration of the gateway alone. */
export const gatewayConfig = {
  MUNIMENT_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7180)
    .describe('Port of the public HTTP interface; 0 takes any free one'),
  MUNIMENT_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(5 * tib)
    .describe('Largest file the archive takes, in bytes'),
  MUNIMENT_UPLOAD_EXPIRY_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(86_400)
    .describe('How long an upload session may take, in seconds'),
  ...attestationPolicyConfig,
  MUNIMENT_TRUSTED_ROOT: z
    .string()
    .min(1)
    .optional()
    .describe('Sigstore trusted_root.json that attestations of others must verify against; without it their signatures are not checked'),
  MUNIMENT_KEYS_PUBLIC: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('Whether everybody may read /keys and the Web Key Directory without a token: public keys only'),
  MUNIMENT_LOG_PUBLIC: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe(
      'Whether everybody may read /log without a token: checkpoints, tiles, proofs and entries (actors, reasons and package ids; no payloads)',
    ),
};

export type GatewayConfig = Readonly<z.output<z.ZodObject<typeof gatewayConfig>>>;
