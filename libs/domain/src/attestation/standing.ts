import type { Instant } from '../instant.js';
import type { AttestationFailureCode, StatementKind } from './events.js';
import { statementsDue, type DueStatement } from './state.js';

/** One signed file of one part of a statement. */
export interface SignedPart {
  readonly statement: StatementKind;
  readonly aboutRevision: number;
  /** From 1 to `parts`. */
  readonly part: number;
  readonly parts: number;
  readonly signedAt: Instant;
  /**
   * Since when somebody else may have had the key that signed; null: never, as far as the archive knows. Keys that an authority certified are null too: the
   * archive announces none of them, and their certificates end within minutes.
   */
  readonly keyCompromisedAt: Instant | null;
}

/** What is signed about a package by the archive, and what is owed: of one snapshot. */
export interface AttestationStanding {
  readonly packageId: string;
  readonly repository: string;
  readonly version: string | null;
  readonly finalized: boolean;
  readonly due: readonly DueStatement[];
  readonly signed: readonly SignedPart[];
}

/** `none`: nothing is owed, and what finalization calls for is not signed; a package that is not finalized yet. */
export type AttestationPhase = 'none' | 'pending' | 'signed' | 'failed';

/** One word for readers, about every statement that is due: also of validations. */
export function attestationPhase(standing: AttestationStanding): AttestationPhase {
  const { due, signed } = standing;
  if (attestationFailure(standing) !== null) return 'failed';
  if (due.length > 0) return 'pending';
  return standing.finalized && wantedStatements(standing).every((statement) => isWhole(signed, statement)) ? 'signed' : 'none';
}

/** Why the signer's last attempt came to nothing; null unless the phase is `failed`. */
export function attestationFailure({ due }: Pick<AttestationStanding, 'due'>): AttestationFailureCode | null {
  return due.find(({ failure }) => failure !== null)?.failure?.code ?? null;
}

/** The statements without which a package is not attested: those that its finalization calls for. A validation may come at any time, and again. */
export function wantedStatements({ version }: Pick<AttestationStanding, 'version'>): readonly StatementKind[] {
  return statementsDue('finalized', version);
}

/** Whether all parts of the statement about one event are there. */
export function isWhole(signed: readonly SignedPart[], statement: StatementKind): boolean {
  const own = signed.filter((one) => one.statement === statement);
  return [...new Set(own.map(({ aboutRevision }) => aboutRevision))].some((revision) => {
    const about = own.filter(({ aboutRevision }) => aboutRevision === revision);
    const there = new Set(about.map(({ part }) => part));
    const parts = Math.max(...about.map((one) => one.parts));
    return Array.from({ length: parts }, (_, index) => index + 1).every((part) => there.has(part));
  });
}
