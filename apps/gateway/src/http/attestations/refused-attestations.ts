import { Refusal } from '@muniment/domain';
import { metrics, type ServiceHost } from '@muniment/platform';

const codes = ['attestation_malformed', 'attestation_subject_unknown', 'attestation_untrusted', 'attestation_signer_refused'] as const;
const refused = metrics.counter('muniment_attestations_refused_total', {
  description: 'Attestations of others that were not taken in, by code',
  labels: { code: codes },
});

/**
 * Counts and logs why an attestation was not taken in, then throws on. No event: nothing happened to the package, and whoever may write could fill the log
 * with what it refuses.
 */
export async function watchRefusals<T>(relayed: Promise<T>, packageId: string, logger: ServiceHost['logger']): Promise<T> {
  try {
    return await relayed;
  } catch (error) {
    const code = error instanceof Refusal ? codes.find((one) => one === error.code) : undefined;
    if (error instanceof Refusal && code !== undefined) {
      refused.add(1, { code });
      logger.warn({ package_id: packageId, code, detail: error.message }, 'an attestation was refused');
    }
    throw error;
  }
}
