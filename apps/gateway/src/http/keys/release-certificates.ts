import type { Gateway } from '../../open-gateway.js';

/** Armored certificates of the release keys that are not compromised, retired ones too: what they signed stays signed. */
export async function releaseCertificates(gateway: Gateway): Promise<readonly string[]> {
  const keys = await gateway.archive.postgres.signingKeys.list();
  return keys.flatMap(({ announced, compromisedAt }) =>
    announced.purpose === 'release' && compromisedAt === null ? [announced.public_key] : [],
  );
}
