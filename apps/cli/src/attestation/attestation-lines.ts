import type { AttestationAnswer, MissingStatementAnswer } from '@muniment/contracts';

/** How far attesting is, whether it must be, and what is missing. */
export function attestationLines({ state, failure, required, missing = [] }: AttestationAnswer): readonly string[] {
  const need = required ? 'required' : 'not required';
  return [
    `attestation: ${state}${failure === undefined ? '' : ` (${failure})`}, ${need} before anything is published`,
    ...missing.map((one) => `  missing: ${one.statement}, ${textOf(one)}`),
  ];
}

function textOf({ reason, failure }: MissingStatementAnswer): string {
  switch (reason) {
    case 'not_finalized':
      return 'as the package is not finalized';
    case 'due':
      return 'not signed yet';
    case 'failed':
      return `could not be signed (${failure ?? 'nobody says why'}) and is tried again`;
    case 'key_compromised':
      return 'signed by a key that somebody else may have had: archive the files again as a package of another run';
    case 'absent':
      return 'neither signed nor owed: the operator should compare the views with the log ("muniment log rebuild-views --verify")';
  }
}
