import type { AttestationFailed, AttestationFailureCode, AttestationRelayed, AttestationSigned, SignatureMade } from './events.js';
import { signatureKey, signedKey, type AttestationState, type DueStatement } from './state.js';
import type { Instant } from '../instant.js';

/**
 * Accepts statements that are still due, each with all its parts; whatever somebody else had signed meanwhile is dropped. So there is one accepted
 * attestation per statement, event, part and key, however often a job runs and wherever it was killed. A key that signed the statement before is the one
 * whose signature is to be replaced: what it signs again is dropped too. Evidence never takes the name, and so the place, of other evidence.
 */
export function recordAttestations(state: AttestationState, signed: readonly AttestationSigned[]): readonly AttestationSigned[] {
  const isNews = ({ payload: { statement, about_revision, key_id, evidence } }: AttestationSigned): boolean =>
    dueOf(state, statement, about_revision) !== null &&
    !state.signed.has(signedKey(statement, about_revision, key_id)) &&
    evidence.every(({ name }) => !state.evidence.has(name));
  const news = signed.filter(isNews);
  return news.filter(({ payload }) => isWhole(payload, news));
}

/** A failure is news once: the same kind again, in a row, is not. */
export function recordFailure(
  state: AttestationState,
  { statement, aboutRevision }: Pick<DueStatement, 'statement' | 'aboutRevision'>,
  code: AttestationFailureCode,
  now: Instant,
): readonly AttestationFailed[] {
  const due = dueOf(state, statement, aboutRevision);
  if (due === null || due.failure?.code === code) return [];
  return [{ type: 'v1.attestation.failed', payload: { statement, about_revision: aboutRevision, code, failed_at: now } }];
}

/** One signature per file and key. */
export function recordSignatures(state: AttestationState, made: readonly SignatureMade[]): readonly SignatureMade[] {
  return made.filter(({ payload }) => !state.signatures.has(signatureKey(payload.path, payload.key_fingerprint)));
}

/** The same bytes a second time are no second fact. */
export function recordRelayed(state: AttestationState, relayed: AttestationRelayed): readonly AttestationRelayed[] {
  return relayed.payload.evidence.every(({ name }) => state.evidence.has(name)) ? [] : [relayed];
}

function dueOf(state: AttestationState, statement: string, aboutRevision: number): DueStatement | null {
  return state.due.find((due) => due.statement === statement && due.aboutRevision === aboutRevision) ?? null;
}

function isWhole({ statement, about_revision, parts }: AttestationSigned['payload'], signed: readonly AttestationSigned[]): boolean {
  const own = signed.filter(({ payload }) => payload.statement === statement && payload.about_revision === about_revision);
  return own.length === parts && new Set(own.map(({ payload }) => payload.part)).size === parts;
}
