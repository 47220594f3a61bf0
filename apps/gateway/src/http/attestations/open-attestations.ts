import { AttestationGate, ReadAttestations, RelayAttestation, type ReadPackage } from '@muniment/application';
import { attestationPolicyOf, type Archive } from '@muniment/assembly';
import { ConfigError } from '@muniment/platform';
import { KeyringError, SigstoreTrust } from '@muniment/signing';
import type { GatewayConfig } from '../../config.js';

/** The use cases about what is signed. */
export interface AttestationDesk {
  readonly gate: AttestationGate;
  readonly read: ReadAttestations;
  readonly relay: RelayAttestation;
}

export async function openAttestations(
  { postgres, store, clock }: Archive,
  readPackage: ReadPackage,
  config: GatewayConfig,
): Promise<AttestationDesk> {
  const { log, states, views, attestations, signingKeys, locks } = postgres;
  const policy = attestationPolicyOf(config);
  const trust = await trustOf(config);
  if (policy.namesSigners && trust === null)
    throw new ConfigError(['MUNIMENT_TRUSTED_ROOT: is required, as the attestation policy names signers']);
  const gate = new AttestationGate(attestations, policy);
  return {
    gate,
    read: new ReadAttestations(readPackage, attestations, gate, signingKeys, views, store),
    relay: new RelayAttestation({ log, states, attestations, store, locks, trust, policy, clock }),
  };
}

async function trustOf({ MUNIMENT_TRUSTED_ROOT: file }: GatewayConfig): Promise<SigstoreTrust | null> {
  if (file === undefined) return null;
  try {
    return await SigstoreTrust.open(file);
  } catch (error) {
    if (!(error instanceof KeyringError)) throw error;
    throw new ConfigError([`MUNIMENT_TRUSTED_ROOT: ${error.message}`]);
  }
}
