import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultRetentionPolicy, type RetentionPolicy } from '@muniment/domain';
import { parseRetentionPolicy, PolicyError } from '@muniment/formats';
import { ConfigError, type ConfigOf } from '@muniment/platform';

export const retentionPolicyConfig = {
  MUNIMENT_RETENTION_POLICY: z
    .string()
    .min(1)
    .optional()
    .describe('TOML file with retention classes and the size of the curated set, read once at start; without it the shipped policy holds'),
};

export type RetentionPolicyConfig = Readonly<ConfigOf<typeof retentionPolicyConfig>>;

/** The operator's policy, or the shipped one. Throws a `ConfigError` that names file, line and key of everything that is wrong with it. */
export function retentionPolicyOf({ MUNIMENT_RETENTION_POLICY: file }: RetentionPolicyConfig): RetentionPolicy {
  if (file === undefined) return defaultRetentionPolicy;
  try {
    return parseRetentionPolicy(bytesOf(file));
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new ConfigError(error.message.split('\n').map((problem) => `MUNIMENT_RETENTION_POLICY: ${file}: ${problem}`));
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    throw new ConfigError([`MUNIMENT_RETENTION_POLICY: ${file} cannot be read`]);
  }
}
