import type { Instant } from '../instant.js';
import type { AttestationFailureCode, StatementKind } from './events.js';

/** A statement that one of the package's events calls for and that is not signed yet, or is to be signed again. */
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
  /** `<statement> <revision> <key id>` of every statement that is signed. */
  readonly signed: ReadonlySet<string>;
  /** `<path> <fingerprint>` of every detached signature there is. */
  readonly signatures: ReadonlySet<string>;
  /** Paths of files whose signature is to be made again. */
  readonly filesDue: ReadonlySet<string>;
  /** Names of all evidence. */
  readonly evidence: ReadonlySet<string>;
}

/** The statements that the finalized event (`version`: whether it names one) or a validation calls for. */
export function statementsDue(event: 'finalized' | 'validated', version: string | null): readonly StatementKind[] {
  if (event === 'validated') return ['test-result', 'verification-summary'];
  return version === null ? ['archive-receipt'] : ['archive-receipt', 'release'];
}

/** How {@link AttestationState.signed} names one. */
export function signedKey(statement: string, aboutRevision: number, keyId: string): string {
  return `${statement} ${aboutRevision} ${keyId}`;
}

/** How often the statement was signed; each time by another key. */
export function timesSigned({ signed }: Pick<AttestationState, 'signed'>, { statement, aboutRevision }: DueStatement): number {
  const start = signedKey(statement, aboutRevision, '');
  return [...signed].filter((one) => one.startsWith(start)).length;
}

/** How {@link AttestationState.signatures} names one. */
export function signatureKey(path: string, fingerprint: string): string {
  return `${path} ${fingerprint}`;
}
