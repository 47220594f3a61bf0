import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { noAttestationPolicy, parseAttestationPolicy, PolicyError, type AttestationPolicy } from '@muniment/formats';
import { ConfigError, type ConfigOf } from '@muniment/platform';

export const attestationPolicyConfig = {
  MUNIMENT_ATTESTATION_POLICY: z
    .string()
    .min(1)
    .optional()
    .describe(
      'TOML file that says which repositories need attestations before anything is published, and whose attestations they take; without it none does, and of anybody',
    ),
};

/** Throws a `ConfigError` that names file, line and key of everything that is wrong with the file. */
export function attestationPolicyOf({
  MUNIMENT_ATTESTATION_POLICY: file,
}: Readonly<ConfigOf<typeof attestationPolicyConfig>>): AttestationPolicy {
  if (file === undefined) return noAttestationPolicy;
  try {
    return parseAttestationPolicy(textOf(file));
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new ConfigError(error.message.split('\n').map((problem) => `MUNIMENT_ATTESTATION_POLICY: ${file}: ${problem}`));
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError([`MUNIMENT_ATTESTATION_POLICY: ${file} cannot be read`]);
  }
}
