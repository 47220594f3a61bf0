import type { Instant } from '../instant.js';
import type { AttestationFailureCode, StatementKind } from './events.js';

/** A statement that one of the package's events calls for and that is not signed yet. */
export interface DueStatement {
  readonly statement: StatementKind;
  readonly aboutRevision: number;
  /** Why the last attempt came to nothing; `null` while there was none. */
  readonly failure: { readonly code: AttestationFailureCode; readonly at: Instant } | null;
}

/** A package as far as attesting goes. */
export interface AttestationState {
  readonly packageId: string;
  readonly repository: string;
  readonly revision: number;
  readonly due: readonly DueStatement[];
  /** `<path> <fingerprint>` of every detached signature there is. */
  readonly signatures: ReadonlySet<string>;
  /** Names of all evidence. */
  readonly evidence: ReadonlySet<string>;
}

/** The statements that the finalized event (`version`: whether it names one) or a validation calls for. */
export function statementsDue(event: 'finalized' | 'validated', version: string | null): readonly StatementKind[] {
  if (event === 'validated') return ['test-result', 'verification-summary'];
  return version === null ? ['archive-receipt'] : ['archive-receipt', 'release'];
}

/** How {@link AttestationState.signatures} names one. */
export function signatureKey(path: string, fingerprint: string): string {
  return `${path} ${fingerprint}`;
}
