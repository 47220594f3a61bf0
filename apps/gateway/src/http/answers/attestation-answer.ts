import type { AttestationSummary } from '@muniment/application';
import type { AttestationAnswer } from '@muniment/contracts';

export function attestationAnswer({ phase, failure, required, satisfied, missing }: AttestationSummary): AttestationAnswer {
  return {
    state: phase,
    required,
    ...(failure === null ? {} : { failure }),
    satisfied,
    missing: missing.map((one) => ({
      statement: one.statement,
      reason: one.reason,
      ...(one.failure === null ? {} : { failure: one.failure }),
    })),
  };
}
