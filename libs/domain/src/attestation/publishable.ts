import { Refusal } from '../errors.js';
import type { AttestationFailureCode, StatementKind } from './events.js';
import { isWhole, wantedStatements, type AttestationStanding, type SignedPart } from './standing.js';

/**
 * Why a statement is missing. `due`: nobody tried to sign it yet. `failed`: the last attempt came to nothing, and is made again. `key_compromised`: it is
 * signed, by a key that somebody else may have had by then. `absent`: nobody owes it and nobody signed all of it, which a sound archive never shows.
 */
export type MissingReason = 'not_finalized' | 'due' | 'failed' | 'key_compromised' | 'absent';

export interface MissingStatement {
  readonly statement: StatementKind;
  readonly reason: MissingReason;
  /** Of `failed` alone. */
  readonly failure: AttestationFailureCode | null;
}

/** Whether a package may be published as far as the archive's attestations go. Other guards, such as its files being there, are not asked here. */
export interface Publishable {
  /** Whether the repository's policy wants the statements before anything is published. */
  readonly required: boolean;
  /** True when nothing is missing, or nothing is required. */
  readonly satisfied: boolean;
  /** Named in any case: what does not block is still a flag. */
  readonly missing: readonly MissingStatement[];
}

/** Judges a package by what its finalization calls for; statements about validations that are still due hold nothing up. */
export function publishable(standing: AttestationStanding, required: boolean): Publishable {
  const missing = wantedStatements(standing).flatMap((statement) => missingOf(standing, statement) ?? []);
  return { required, satisfied: !required || missing.length === 0, missing };
}

/** Refuses (`attestation_missing`) a package that lacks what the policy requires: which statement, why, and what to do about it. */
export function assertAttested(standing: AttestationStanding, required: boolean): void {
  const { satisfied, missing } = publishable(standing, required);
  if (satisfied) return;
  const { packageId, repository } = standing;
  const reasons = [...new Set(missing.map(({ reason }) => reason))];
  throw new Refusal(
    'attestation_missing',
    `${repository} publishes only what the archive attested. Package ${packageId} lacks ${missing.map(textOf).join(', ')}. ${reasons.map((reason) => remedies[reason]).join(' ')}`,
    { package_id: packageId, repository, missing: missing.map(textOf) },
  );
}

function missingOf({ finalized, due, signed }: AttestationStanding, statement: StatementKind): MissingStatement | null {
  const missing = (reason: MissingReason, failure: AttestationFailureCode | null = null): MissingStatement => ({
    statement,
    reason,
    failure,
  });
  if (!finalized) return missing('not_finalized');
  const owed = due.find((one) => one.statement === statement);
  if (owed !== undefined) return owed.failure === null ? missing('due') : missing('failed', owed.failure.code);
  if (!isWhole(signed, statement)) return missing('absent');
  return isWhole(signed.filter(isBelievable), statement) ? null : missing('key_compromised');
}

/** What was signed before the compromise stays good: the log says when, and whoever took the key could not write to it. */
function isBelievable({ signedAt, keyCompromisedAt }: SignedPart): boolean {
  return keyCompromisedAt === null || signedAt < keyCompromisedAt;
}

function textOf({ statement, reason, failure }: MissingStatement): string {
  return `${statement} (${failure === null ? reason : `${reason}: ${failure}`})`;
}

const remedies: Readonly<Record<MissingReason, string>> = {
  not_finalized: 'Finalize it: the statements are signed after that.',
  due: 'The signer signs by itself: ask again in a moment, and when that does not help see whether a signer runs.',
  failed: 'The signer tries again by itself; its log says what is in the way.',
  key_compromised: 'Archive the files again as a package of another run: a key that is good signs about that one.',
  absent: 'Compare the views with the log ("muniment log rebuild-views --verify").',
};
