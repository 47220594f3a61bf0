import { isConsistent, parseConsistencyProof, type Checkpoint } from '@muniment/formats';
import type { Trust } from '../keys/trust.js';
import type { CheckList } from '../report/check.js';
import { checkCheckpoint, type BelievedCheckpoint } from './check-inclusion.js';
import { readNote } from './read-note.js';

/** A checkpoint from another day, and who kept it. */
export interface KeptCheckpoint {
  readonly note: string;
  readonly keptBy: string;
}

const check = 'log.consistency';

/**
 * Whether the log of `newer` begins with everything that the kept checkpoint committed to. `proofText`: from the kept size to a checkpoint of the same
 * size as `newer`; null when there is none.
 */
export function checkConsistency(
  subject: string,
  kept: KeptCheckpoint,
  newer: BelievedCheckpoint,
  proofText: string | null,
  trust: Trust,
  list: CheckList,
): boolean {
  const older = checkCheckpoint(`${subject} (kept)`, kept.note, trust, list);
  if (older === null) return false;
  const restsOn = `${kept.keptBy}; ${newer.restsOn}`;
  const fail = (why: string): boolean => list.holds(check, subject, false, why, restsOn);
  if (older.origin !== newer.origin) return fail(`the kept checkpoint is of another log, ${older.origin}`);
  if (older.size > newer.size) return fail(`the log was rolled back: ${older.size} entries were signed, now it has ${newer.size}`);
  if (older.size === newer.size) {
    const same = Buffer.compare(older.root, newer.root) === 0;
    return list.holds(
      check,
      subject,
      same,
      same ? `the same ${older.size} entries` : 'the same size with another root: the log was rewritten',
      restsOn,
    );
  }
  if (proofText === null) {
    list.skipped(
      check,
      subject,
      `there is no proof from ${older.size} to ${newer.size} entries`,
      'Verify against the running archive, or make the pack with --checkpoint.',
    );
    return false;
  }
  const proof = readNote(() => parseConsistencyProof(proofText));
  if (typeof proof === 'string') return fail(proof);
  const proven = checkCheckpoint(`${subject} (consistency)`, proof.checkpoint, trust, list);
  if (proven === null) return false;
  if (!sameTree(proven, newer)) return fail('the proof is of another checkpoint than the one in question');
  const ok = proof.older === older.size && isConsistent(older, proven, proof.hashes);
  return ok
    ? list.holds(check, subject, true, `${older.size} entries are the beginning of ${newer.size}`, restsOn)
    : fail('the log was rewritten: it does not begin with what was signed before');
}

export function sameTree(a: Checkpoint, b: Checkpoint): boolean {
  return a.origin === b.origin && a.size === b.size && Buffer.compare(a.root, b.root) === 0;
}
